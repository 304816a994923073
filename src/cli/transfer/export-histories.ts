/** Stored histories into lines, whole and of one moment, with pseudonyms for personal values. */
import { personalFieldsOf } from "../../inspector/personal-fields.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import { refOf } from "../../kernel/ids.ts";
import { registerActors } from "../../runtime/register.ts";
import { historiesOf, type HistorySlice } from "../../store/histories.ts";
import type { PostgresStore } from "../../store/postgres/postgres-store.ts";
import { readStream, type StoredEvent } from "../../store/store.ts";
import { steppedActors } from "../histories/definitions.ts";
import { endLine, headerLine, historyLines } from "./history-file.ts";
import type { Pseudonyms } from "./pseudonyms.ts";
import { redactHistory, type Redaction } from "./redact-history.ts";
import { Undelivered } from "./undelivered.ts";

/** Positions that are read at once. */
const SLICE = 2_500;

export interface ExportRequest {
  /** `order/<id>`, a type, or undefined for everything. */
  readonly what: string | undefined;
  /** Histories that began behind this position. */
  readonly after: number;
  /** Where the log ends for this export. */
  readonly head: number;
  /** False for a head of the past, of which nobody knows what was on its way. */
  readonly isNow: boolean;
  /** Undefined: personal values go out as they are. */
  readonly pseudonyms: Pseudonyms | undefined;
}

export interface Exported {
  readonly histories: number;
  readonly events: number;
  /** Histories that could not be redacted, and are left out. */
  readonly left: readonly string[];
}

/** @throws StatewrightError `NOT_FOUND`, before anything is written; what `write` throws */
export async function exportHistories(
  store: PostgresStore,
  request: ExportRequest,
  write: (line: string) => Promise<void>,
): Promise<Exported> {
  const { head, isNow, pseudonyms } = request;
  const undelivered = new Undelivered(store, head);
  const redactions = pseudonyms && redactionsOf(pseudonyms);
  const counts = { histories: 0, events: 0 };
  const left: string[] = [];
  const histories = request.what?.includes("/") ? [await oneHistory(store, request.what, head)] : many(store, request);
  await write(headerLine({ head, redacted: pseudonyms !== undefined, live: isNow }));
  for await (const stored of histories) {
    const open = isNow ? await undelivered.of(stored) : [];
    try {
      const rows = redactions ? redacted(redactions, stored) : stored;
      for (const line of historyLines({ rows, undelivered: open })) await write(line);
    } catch (thrown) {
      const error = StatewrightError.from(thrown);
      if (error.code !== "HISTORY_MISMATCH") throw thrown;
      left.push(error.message);
      continue;
    }
    counts.histories++;
    counts.events += stored.length;
  }
  await write(endLine(counts));
  return { ...counts, left };
}

async function oneHistory(store: PostgresStore, stream: string, head: number): Promise<readonly StoredEvent[]> {
  const rows: StoredEvent[] = [];
  for await (const row of readStream(store, stream)) if (row.position <= head) rows.push(row);
  if (rows.length === 0) throw new StatewrightError("NOT_FOUND", `There is no ${stream}`);
  return rows;
}

async function* many(
  store: PostgresStore,
  { what, after, head }: ExportRequest,
): AsyncGenerator<readonly StoredEvent[]> {
  for (let from = after; from < head; from += SLICE) {
    const slice: HistorySlice = { after: from, upTo: Math.min(head, from + SLICE), head, type: what ?? null };
    yield* historiesOf(store, slice);
  }
}

function redactionsOf(pseudonyms: Pseudonyms): ReadonlyMap<string, Redaction> {
  const actors = registerActors(steppedActors());
  return new Map(
    [...actors].map(([type, actor]) => [type, { actor, pseudonyms, personal: personalFieldsOf(actor.definition) }]),
  );
}

function redacted(redactions: ReadonlyMap<string, Redaction>, rows: readonly StoredEvent[]): readonly StoredEvent[] {
  const { stream } = rows[0]!;
  const ref = refOf(stream);
  const redaction = redactions.get(ref.type);
  if (redaction !== undefined) return redactHistory(redaction, ref, rows);
  throw new StatewrightError("HISTORY_MISMATCH", `${stream} cannot be redacted: there is no machine for ${ref.type}`);
}
