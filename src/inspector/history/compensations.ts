/** Which message takes back which: the saga of the shop, as its machines have it. */
import { streamOf } from "../../kernel/ids.ts";
import type { Message } from "../../runtime/effects.ts";
import type { CorrelatedRow } from "./correlated.ts";

interface Undoing {
  readonly undo: string;
  readonly does: string;
  /** The field that both have alike. */
  readonly key?: string;
  /** What the undone one's answer is called. */
  readonly settledBy: readonly string[];
}

const UNDOING: readonly Undoing[] = [
  { undo: "RefundRequested", does: "PaymentRequested", settledBy: ["PaymentRefunded", "PaymentVoided"] },
  { undo: "ReservationReleased", does: "ReservationRequested", key: "line", settledBy: ["StockReleased"] },
];

interface Sent {
  readonly row: CorrelatedRow;
  readonly id: string;
  readonly message: Message;
}

export function messagesSent(rows: readonly CorrelatedRow[]): Sent[] {
  return rows.flatMap((row) =>
    row.effects.flatMap((message, n) =>
      message.kind === "message" ? [{ row, id: `${row.stream}/${row.version}/${n}`, message }] : []
    )
  );
}

export function isUndoing(event: string): boolean {
  return UNDOING.some(({ undo }) => undo === event);
}

/** Each compensation with the step that it takes back. */
export function undoneSteps(rows: readonly CorrelatedRow[]) {
  const sent = messagesSent(rows);
  return sent.flatMap((undo) => {
    const rule = UNDOING.find((candidate) => candidate.undo === undo.message.event.type);
    const done = rule && sent.findLast((earlier) => isDoneBefore(earlier, undo, rule));
    if (rule === undefined || done === undefined) return [];
    const place = ({ row, id }: Sent) => ({ stream: row.stream, version: row.version, message: id });
    const about = rule.key === undefined ? "" : ` (${rule.key} ${String(undo.message.event[rule.key])})`;
    return [{
      done: place(done),
      undone: place(undo),
      label: `${rule.undo} undoes ${rule.does}${about}`,
      settled: rows.some((row) => isAnswer(row, undo, rule)),
    }];
  });
}

function isDoneBefore(earlier: Sent, undo: Sent, { does, key }: Undoing): boolean {
  return earlier.message.event.type === does && earlier.row.position < undo.row.position &&
    earlier.row.stream === undo.row.stream && streamOf(earlier.message.to) === streamOf(undo.message.to) &&
    (key === undefined || earlier.message.event[key] === undo.message.event[key]);
}

function isAnswer({ stream, position, type, data }: CorrelatedRow, { row, message }: Sent, rule: Undoing): boolean {
  return stream === row.stream && position > row.position && rule.settledBy.includes(type) &&
    (rule.key === undefined || data[rule.key] === message.event[rule.key]);
}
