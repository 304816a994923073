/** What could not be handled, grouped by the reason. */
import { refOf } from "../../kernel/ids.ts";
import type { Transaction } from "../../projection/projection.ts";
import type { Operations } from "../../runtime/operations.ts";
import { readNumber, type Slice } from "../answering.ts";
import type { Machines } from "../machines.ts";
import { redact } from "../personal-fields.ts";
import { type List, listOf, ms } from "./list.ts";

type DeadLetter = Parameters<Operations["describeRedrive"]>[0];

export interface LetterGroup {
  readonly reason: string;
  readonly count: number;
}

export async function countDeadLetters(readModels: Transaction): Promise<LetterGroup[]> {
  const rows = await readModels.query(
    "select reason, count(*)::int as count from dead_letters group by reason order by count desc, reason",
  );
  return rows.map(({ reason, count }) => ({ reason: reason as string, count: count as number }));
}

export interface LetterParts {
  readonly machines: Machines;
  readonly seesPersonal: boolean;
  readonly operations: Pick<Operations, "describeRedrive"> | undefined;
}

export function presentLetter(letter: DeadLetter, { machines, seesPersonal, operations }: LetterParts) {
  const { id, reason, stream, source, attempts } = letter;
  const detail: unknown = JSON.parse(letter.detail);
  const { type } = refOf(stream);
  const concerned = machines.all.filter((machine) => machine.type === type || mentions(detail, machine.type));
  const personal = new Set(concerned.flatMap((machine) => [...machine.personal]));
  const redrive = operations?.describeRedrive(letter);
  return {
    id,
    reason,
    stream,
    source,
    attempts,
    detail: seesPersonal ? detail : redact(detail, personal),
    at: letter.recordedAt,
    redrivable: redrive?.outcome === "would",
    note: redrive?.detail ?? "",
  };
}

/** A message in it may hold another machine's fields. */
function mentions(detail: unknown, type: string): boolean {
  return JSON.stringify(detail).includes(`"type":"${type}"`);
}

export type PresentedLetter = ReturnType<typeof presentLetter>;

/** @param reason empty: all of them */
export async function listDeadLetters(
  readModels: Transaction,
  reason: string,
  parts: LetterParts,
  slice: Slice,
): Promise<List<PresentedLetter> & { readonly groups: readonly LetterGroup[] }> {
  const groups = await countDeadLetters(readModels);
  const count = groups.filter((group) => reason === "" || group.reason === reason).reduce((sum, g) => sum + g.count, 0);
  const before = slice.after === undefined ? null : readNumber("after", slice.after);
  const rows = await readModels.query(
    `select id::text as id, reason, stream, source, attempts, detail::text as detail, ${ms("recorded_at")} as at
     from dead_letters where ($1 = '' or reason = $1) and ($2::bigint is null or dead_letters.id < $2::bigint)
     order by dead_letters.id desc limit $3::int`,
    [reason, before, slice.limit + 1],
  );
  const present = (row: Record<string, unknown>) => presentLetter(letterOf(row), parts);
  return { ...listOf(rows, slice, count, present, ({ id }) => id as string), groups };
}

function letterOf({ at, ...row }: Record<string, unknown>): DeadLetter {
  return { ...row as Omit<DeadLetter, "recordedAt">, recordedAt: at as number };
}
