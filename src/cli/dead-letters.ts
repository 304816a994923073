/** `statewright dead-letters`: what could not be handled; have it tried again, or dismiss it. */
import { defineCommand } from "citty";
import { StatewrightError } from "../kernel/errors.ts";
import type { LetterSelection, RedriveAnswer } from "../runtime/operations.ts";
import type { DeadLetter } from "../store/store.ts";
import { print } from "./command-line.ts";
import { moment, printTable } from "./operate/table.ts";
import { attribution, type Desk, withOperations } from "./operate/with-operations.ts";
import { required, unknownAction } from "./reader-table.ts";

const ACTIONS = ["list", "show", "redrive", "dismiss"];
const PAGE = 100;

export const deadLettersCommand = defineCommand({
  meta: { name: "dead-letters", description: "What could not be handled; have it tried again, or dismiss it" },
  args: {
    action: { type: "positional", required: false, default: "list", description: ACTIONS.join(", ") },
    id: { type: "positional", required: false, description: "which one" },
    of: { type: "string", description: 'list, redrive: all of one kind, as "message refused"' },
    reason: { type: "string", description: "redrive, dismiss: why; it is kept" },
    "dry-run": { type: "boolean", description: "redrive: only say what it would do" },
    json: { type: "boolean", description: "one JSON object a line, for machines" },
  },
  async run({ args }) {
    const { action, id, of, json = false } = args;
    if (action === "list") return await withOperations((desk) => list(desk, of, json));
    if (action === "show") {
      const shown = required(id, "dead-letters show 3");
      return await withOperations((desk) => show(desk, shown, json));
    }
    if (action === "redrive") {
      const dryRun = args["dry-run"] === true;
      const selection = selectionOf(id, of);
      const by = attribution(dryRun ? "a dry run" : args.reason);
      return await withOperations(async ({ operations }) =>
        report(await operations.redrive(selection, by, { dryRun }), json)
      );
    }
    if (action !== "dismiss") unknownAction(action, ACTIONS);
    const dismissed = required(id, "dead-letters dismiss 3");
    const by = attribution(args.reason);
    await withOperations(({ operations }) => operations.dismiss(dismissed, by));
    await print(json ? JSON.stringify({ id: dismissed, outcome: "dismissed" }) : `${dismissed} is dismissed.`);
  },
});

function selectionOf(id: string | undefined, of: string | undefined): LetterSelection {
  if ((id === undefined) !== (of === undefined)) return id === undefined ? { reason: of! } : { ids: [id] };
  throw new StatewrightError("USAGE", 'Name one: dead-letters redrive 3; or all of a kind: --of "message refused"');
}

async function list({ store }: Desk, reason: string | undefined, json: boolean): Promise<void> {
  const rows: string[][] = [];
  for (let after = "0";;) {
    const page = await store.deadLetters({ limit: PAGE, after, ...(reason !== undefined && { reason }) });
    for (const letter of page) {
      if (json) await print(JSON.stringify(plain(letter)));
      else rows.push([letter.id, moment(letter.recordedAt), letter.reason, letter.source]);
    }
    if (page.length < PAGE) break;
    after = page.at(-1)!.id;
  }
  if (json) return;
  if (rows.length === 0) return await print("There are no dead letters.");
  await printTable(["ID", "WHEN", "REASON", "FROM"], rows);
}

async function show({ operations }: Desk, id: string, json: boolean): Promise<void> {
  const letter = await operations.deadLetter(id);
  if (letter === undefined) throw new StatewrightError("NOT_FOUND", `There is no dead letter ${id} (any more)`);
  const { outcome, detail } = operations.describeRedrive(letter);
  if (json) {
    return await print(JSON.stringify({ ...plain(letter), redrive: { isPossible: outcome === "would", detail } }));
  }
  const { reason, source, attempts, recordedAt, detail: text } = letter;
  await print(`${id}  ${reason}, from ${source}, after ${attempts} attempts, ${moment(recordedAt)}`);
  await print(outcome === "would" ? `A redrive would ${detail}.` : detail);
  await print(JSON.stringify(JSON.parse(text), null, 2));
}

/** A redrive that leaves something as it was has not done what was asked. @throws StatewrightError `TRANSITION_NOT_ALLOWED` */
async function report(answers: readonly RedriveAnswer[], json: boolean): Promise<void> {
  for (const answer of answers) {
    await print(json ? JSON.stringify(answer) : `${answer.id}  ${answer.outcome}: ${answer.detail}`);
  }
  if (answers.length === 0 && !json) await print("There are none.");
  const undone = answers.filter(({ outcome }) => outcome === "failed" || outcome === "impossible").length;
  if (undone > 0) {
    throw new StatewrightError("TRANSITION_NOT_ALLOWED", `${undone} of ${answers.length} are as they were.`);
  }
}

function plain({ detail, ...letter }: DeadLetter) {
  return { ...letter, detail: JSON.parse(detail) as unknown };
}
