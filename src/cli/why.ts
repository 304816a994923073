/** `statewright why order/<id>`: what an actor waits for. */
import { defineCommand } from "citty";
import { StatewrightError } from "../kernel/errors.ts";
import { streamOf } from "../kernel/ids.ts";
import { duration } from "../runtime/diagnosis-sentence.ts";
import type { Counterpart, Diagnosis } from "../runtime/operations.ts";
import { print } from "./command-line.ts";
import { moment } from "./operate/table.ts";
import { actorOf, withOperations } from "./operate/with-operations.ts";

export const whyCommand = defineCommand({
  meta: { name: "why", description: "Say why an actor waits, and for what" },
  args: {
    actor: { type: "positional", required: true, description: "order/<id>" },
    json: { type: "boolean", description: "one JSON object, for machines" },
  },
  async run({ args }) {
    const ref = actorOf(args.actor);
    await withOperations(async ({ operations, store }) => {
      const diagnosis = await operations.why(ref);
      if (diagnosis === undefined) throw new StatewrightError("NOT_FOUND", `There is no ${args.actor}`);
      const letters = await store.deadLetters({ stream: args.actor, limit: 100 });
      if (args.json) {
        const deadLetters = letters.map(({ id, reason, source }) => ({ id, reason, source }));
        return await print(JSON.stringify({ ...diagnosis, deadLetters }));
      }
      await print(textOf(diagnosis));
      for (const { id, reason, source } of letters) await print(`dead letter ${id}  ${reason}, from ${source}`);
    });
  },
});

function textOf(diagnosis: Diagnosis): string {
  const { actor, version, state, status, since, accepts, sentence } = diagnosis;
  return [
    `${streamOf(actor)}  v${version}  ${state === "" ? "(root)" : state}  ${status}, since ${moment(since)}`,
    sentence,
    ...diagnosis.activities.map(({ effect, src, since, attempts }) => {
      const count = attempts ? `, attempt ${attempts.attempt}` : "";
      return `activity    ${effect}  ${src}, since ${moment(since)}${count}`;
    }),
    ...diagnosis.messages.map(({ effect, event, to, target }) =>
      `message     ${effect}  ${event} → ${streamOf(to)}${targetText(target)}`
    ),
    ...diagnosis.children.map(({ effect, name, actor, target }) =>
      `child       ${effect}  ${name}: ${streamOf(actor)}${targetText(target)}`
    ),
    ...diagnosis.timers.map(({ effect, name, dueAt, overdueMs }) =>
      `timer       ${effect}  ${name}, due ${moment(dueAt)}${overdueMs > 0 ? ` (${duration(overdueMs)} late)` : ""}`
    ),
    ...acceptLines(accepts),
  ].join("\n");
}

function targetText(target: Counterpart | undefined): string {
  if (target === undefined) return "";
  return target.state === "" ? `  (${target.status})` : `  (${target.status} in ${target.state})`;
}

/** Each event under the least that may propose it. */
function acceptLines({ client, operator, internal }: Diagnosis["accepts"]): string[] {
  const lines: [string, readonly string[]][] = [
    ["a client", client],
    ["an operator", operator.filter((type) => !client.includes(type))],
    ["another actor", internal.filter((type) => !operator.includes(type))],
  ];
  return lines.filter(([, types]) => types.length > 0).map(([by, types]) =>
    `accepts     ${types.join(", ")} (from ${by})`
  );
}
