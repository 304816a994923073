/** `--to`: where a replay ends. */
import { StatewrightError } from "../../kernel/errors.ts";
import type { StoredEvent } from "../../store/store.ts";

export type Moment =
  | { readonly kind: "version"; readonly version: number }
  | { readonly kind: "position"; readonly position: number }
  /** Ms since the epoch, by the store's clock. */
  | { readonly kind: "time"; readonly time: number };

const NUMBER = /^[1-9][0-9]{0,14}$/;
const DATE = /^\d{4}-\d{2}-\d{2}(T.*)?$/;

/**
 * `3` is a version, `@120` a position in the log, `2026-11-22T05:25:30Z` a time.
 * @throws StatewrightError `USAGE`
 */
export function momentOf(text: string): Moment {
  if (NUMBER.test(text)) return { kind: "version", version: Number(text) };
  if (text.startsWith("@") && NUMBER.test(text.slice(1))) return { kind: "position", position: Number(text.slice(1)) };
  const time = DATE.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return { kind: "time", time };
  throw new StatewrightError(
    "USAGE",
    `--to takes a version (3), a position in the log (@120) or a time (2026-11-22T05:25:30Z), not "${text}"`,
  );
}

/** The events of a history up to and with that moment. */
export async function* upTo(
  rows: AsyncIterable<StoredEvent>,
  moment: Moment | undefined,
): AsyncGenerator<StoredEvent> {
  for await (const row of rows) {
    if (moment !== undefined && isAfter(row, moment)) return;
    yield row;
  }
}

function isAfter({ version, position, recordedAt }: StoredEvent, moment: Moment): boolean {
  if (moment.kind === "version") return version > moment.version;
  return moment.kind === "position" ? position > moment.position : recordedAt > moment.time;
}
