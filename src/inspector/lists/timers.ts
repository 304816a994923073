/** Timers that are set, and those that are due and have not fired. */
import type { Transaction } from "../../projection/projection.ts";
import type { OpenEffectNote } from "../../runtime/effects.ts";
import { readNumber, type Slice } from "../answering.ts";
import { type List, listOf, ms } from "./list.ts";

export interface WaitingActor {
  readonly stream: string;
  readonly dueAt: number;
  readonly overdueMs: number;
  readonly open: readonly OpenEffectNote[];
}

const SET = "from waiting where due is not null";
const DUE = `${SET} and due <= clock_timestamp()`;

/** Actors by their earliest timer. */
export async function listTimers(readModels: Transaction, due: boolean, slice: Slice): Promise<List<WaitingActor>> {
  const from = due ? DUE : SET;
  const [counted] = await readModels.query(`select count(*)::int as count ${from}`);
  const [at, stream] = keyOf(slice.after);
  const rows = await readModels.query(
    `select stream, open::text as open, ${ms("due")} as due_at, ${ms("clock_timestamp() - due")} as overdue,
       (extract(epoch from due) * 1000000)::bigint::text as key ${from}
       and (waiting.due, waiting.stream) > ('epoch'::timestamptz + $1::bigint * interval '1 microsecond', $2)
     order by waiting.due, waiting.stream limit $3::int`,
    [at, stream, slice.limit + 1],
  );
  return listOf(
    rows,
    slice,
    Number(counted!["count"]),
    timerOf,
    ({ key, stream: last }) => `${String(key)}~${String(last)}`,
  );
}

export async function countTimers(
  readModels: Transaction,
): Promise<{ due: number; pending: number; nextDueAt: number | null }> {
  const [row] = await readModels.query(
    `select (select count(*)::int ${DUE}) as due, (select count(*)::int ${SET}) as pending,
       (select ${ms("min(due)")} ${SET} and due > clock_timestamp()) as next`,
  );
  return { due: Number(row!["due"]), pending: Number(row!["pending"]), nextDueAt: row!["next"] as number | null };
}

/** Microseconds and the stream. */
function keyOf(after: string | undefined): [at: string, stream: string] {
  if (after === undefined) return ["-1", ""];
  const [at, stream = ""] = after.split("~");
  return [String(readNumber("after", at)), stream];
}

function timerOf(row: Record<string, unknown>): WaitingActor {
  return {
    stream: row["stream"] as string,
    dueAt: row["due_at"] as number,
    overdueMs: Math.max(0, row["overdue"] as number),
    open: JSON.parse(row["open"] as string) as OpenEffectNote[],
  };
}
