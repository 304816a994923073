/** `statewright stuck`: actors that nobody can wake, and those that have waited long past their time. */
import { defineCommand } from "citty";
import { streamOf } from "../kernel/ids.ts";
import type { Operations, StuckActor } from "../runtime/operations.ts";
import { print } from "./command-line.ts";
import { moment } from "./operate/table.ts";
import { withOperations } from "./operate/with-operations.ts";

export const stuckCommand = defineCommand({
  meta: { name: "stuck", description: "Find actors that nobody can wake, or that have waited too long" },
  args: {
    type: { type: "positional", required: false, description: "only actors of this type" },
    json: { type: "boolean", description: "one JSON object a line, for machines" },
  },
  async run({ args }) {
    await withOperations(async ({ operations }) => {
      let count = 0;
      for await (const stuck of allStuck(operations, args.type)) {
        count++;
        await print(args.json ? JSON.stringify(stuck) : textOf(stuck));
      }
      if (!args.json) {
        await print(count === 0 ? "Nothing is stuck." : `${count} stuck; \`why <actor>\` says more of one.`);
      }
    });
  },
});

async function* allStuck(operations: Operations, type: string | undefined): AsyncGenerator<StuckActor> {
  for (let after: string | undefined;;) {
    const { items, next } = await operations.stuck({ after, type });
    yield* items;
    if (next === undefined) return;
    after = next;
  }
}

function textOf({ actor, state, since, why, sentence }: StuckActor): string {
  return `${streamOf(actor)}  ${state === "" ? "(root)" : state}  ${why}, since ${moment(since)}\n    ${sentence}`;
}
