import type { DeadLetter, Store, StoredEvent, WaitingRow } from "../../src/store/store.ts";
import type { LogBooks } from "./books.ts";

const PAGE = 1_000;

/** The runtime's books from any store. Read while nothing is written: it takes several calls. */
export async function booksOfStore(
  store: Store,
  known: Pick<LogBooks, "atRest"> & Partial<Pick<LogBooks, "requests">>,
): Promise<LogBooks> {
  const events: StoredEvent[] = [];
  for (let page = await store.readAll({ after: 0, limit: PAGE }); page.length > 0;) {
    events.push(...page);
    page = await store.readAll({ after: events.at(-1)!.position, limit: PAGE });
  }
  const waiting: WaitingRow[] = [];
  for (const stream of new Set(events.map(({ stream }) => stream))) {
    const row = await store.waiting(stream);
    if (row) waiting.push(row);
  }
  return { requests: [], events, waiting, deadLetters: await allLetters(store), now: await store.now(), ...known };
}

async function allLetters(store: Store): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for (let page = await store.deadLetters({ limit: PAGE }); page.length > 0;) {
    letters.push(...page);
    page = await store.deadLetters({ limit: PAGE, after: letters.at(-1)!.id });
  }
  return letters;
}
