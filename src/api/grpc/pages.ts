/** Lists by page size and token (https://google.aip.dev/158). */
import { decodeCursor, encodeCursor } from "../cursor.ts";

const DEFAULT_SIZE = 50;
const MAX_SIZE = 100;

export interface PageRequest {
  readonly pageSize: number;
  readonly pageToken: string;
}

/**
 * The slice that is asked for.
 * @param list names the list with its filter; a token is good for that list only
 * @throws StatewrightError `MALFORMED`
 */
export function readPageRequest(list: string, { pageSize, pageToken }: PageRequest): { after?: number; limit: number } {
  return {
    limit: Math.min(pageSize === 0 ? DEFAULT_SIZE : pageSize, MAX_SIZE),
    ...(pageToken !== "" && { after: decodeCursor(list, pageToken) }),
  };
}

/** Empty at the end. */
export function nextPageToken(list: string, next: number | undefined): string {
  return next === undefined ? "" : encodeCursor(list, next);
}
