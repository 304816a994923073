/** What could not be handled, grouped by the reason. */
import { refOf } from "../../kernel/ids.ts";
import type { Transaction } from "../../projection/projection.ts";
import { readNumber, type Slice } from "../answering.ts";
import type { Machines } from "../machines.ts";
import { redact } from "../personal-fields.ts";
import { type List, listOf, ms } from "./list.ts";

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

/** What can be done about a reason, and how it is said to people. */
const ABOUT: Readonly<Record<string, { readonly redrivable: boolean; readonly note: string }>> = {
  "message refused": { redrivable: true, note: "It can be proposed again; the target may take it by now." },
  "message undeliverable": { redrivable: true, note: "It can be proposed again." },
  "late outcome": {
    redrivable: false,
    note: "Nobody waited for this answer any more. What it did outside has to be looked at.",
  },
  "poison event": { redrivable: true, note: "The reader can be told to try the events it has set aside again." },
};

const UNKNOWN = { redrivable: false, note: "There is no way known to handle it again." };

export function deadLetterRow(row: Record<string, unknown>, machines: Machines, seesPersonal: boolean) {
  const stream = row["stream"] as string;
  const detail: unknown = JSON.parse(row["detail"] as string);
  const { type } = refOf(stream);
  const personal = new Set(
    machines.all.flatMap((machine) =>
      machine.type === type || mentions(detail, machine.type) ? [...machine.personal] : []
    ),
  );
  return {
    id: row["id"] as string,
    reason: row["reason"] as string,
    stream,
    source: row["source"] as string,
    attempts: row["attempts"] as number,
    detail: seesPersonal ? detail : redact(detail, personal),
    at: row["at"] as number,
    ...ABOUT[row["reason"] as string] ?? UNKNOWN,
  };
}

/** A message in it may hold another machine's fields. */
function mentions(detail: unknown, type: string): boolean {
  return JSON.stringify(detail).includes(`"type":"${type}"`);
}

export type PresentedLetter = ReturnType<typeof deadLetterRow>;

/** @param reason empty: all of them */
export async function listDeadLetters(
  readModels: Transaction,
  machines: Machines,
  { reason, seesPersonal }: { readonly reason: string; readonly seesPersonal: boolean },
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
  const present = (row: Record<string, unknown>) => deadLetterRow(row, machines, seesPersonal);
  return { ...listOf(rows, slice, count, present, ({ id }) => id as string), groups };
}
