import type { Context } from "hono";
import { StatewrightError } from "../../kernel/errors.ts";
import { isUuid } from "../../kernel/ids.ts";

/** The id in the path, in its one canonical form. @throws StatewrightError `MALFORMED` */
export function pathId(c: Context): string {
  return readId("The id in the path", c.req.param("id") ?? "");
}

/** An id that a request names somewhere else. @throws StatewrightError `MALFORMED` */
export function readId(where: string, id: string): string {
  if (!isUuid(id)) throw new StatewrightError("MALFORMED", `${where} is no UUID in lower case`);
  return id;
}
