/** Whole histories, for those who read every stored event of every actor: replay, check, export. */
import type { StoredEvent } from "./store.ts";

/** The histories that began after the position `after` and up to `upTo`. */
export interface HistorySlice {
  readonly after: number;
  readonly upTo: number;
  /** Events after this position are left out, so that all slices show the log of one moment. */
  readonly head: number;
  /** Of actors of this type only; null: of all. */
  readonly type: string | null;
}

export interface Histories {
  /**
   * The histories of a slice, one after the other, each in version order, at most `limit` events. An answer of fewer is
   * the end of the slice; the next page begins behind the last event of this one.
   */
  readHistories(
    slice: HistorySlice,
    options: { limit: number; behind?: Pick<StoredEvent, "stream" | "version"> },
  ): Promise<StoredEvent[]>;
}

/** Events that are read at once. */
const PAGE = 5_000;

/** Each history of a slice, whole; none is empty. The next page is on its way while this one is worked on. */
export async function* historiesOf(store: Histories, slice: HistorySlice): AsyncGenerator<readonly StoredEvent[]> {
  const read = (behind?: StoredEvent) => {
    const page = store.readHistories(slice, { limit: PAGE, ...(behind && { behind }) });
    // Whoever asks for it hears of a failure; until then nobody listens.
    page.catch(() => {});
    return page;
  };
  let history: StoredEvent[] = [];
  for (let next: Promise<StoredEvent[]> | undefined = read(); next !== undefined;) {
    const page: StoredEvent[] = await next;
    next = page.length === PAGE ? read(page.at(-1)) : undefined;
    for (const event of page) {
      if (history.length > 0 && history[0]!.stream !== event.stream) {
        yield history;
        history = [];
      }
      history.push(event);
    }
  }
  if (history.length > 0) yield history;
}
