/** `statewright replay`: one actor's history, those of a type, or all, through their machines again, each transition proven. */
import { defineCommand } from "citty";
import { systemClock } from "../kernel/clock.ts";
import { StatewrightError } from "../kernel/errors.ts";
import { countOf } from "./whole-number.ts";
import { requireType } from "./histories/definitions.ts";
import { withStore } from "./open-store.ts";
import { replayActors } from "./replay/many-actors.ts";
import { momentOf } from "./replay/moment.ts";
import { replayActor, stepActor } from "./replay/one-actor.ts";

export const replayCommand = defineCommand({
  meta: { name: "replay", description: "Replay stored events and prove each transition" },
  args: {
    actor: {
      type: "positional",
      required: false,
      description: "order/<id>, a type (order), or nothing for everything",
    },
    to: { type: "string", description: "stop after a version (3), a position (@120) or a time (2026-11-22T05:25:30Z)" },
    step: { type: "boolean", description: "one event at a time: next, back, go to, diff" },
    after: { type: "string", description: "of many: go on behind this position" },
    threads: { type: "string", description: "of many: how many at once (one a core)" },
    json: { type: "boolean", description: "one JSON object a line, for machines" },
  },
  async run({ args }) {
    const { actor } = args;
    const to = args.to === undefined ? undefined : momentOf(args.to);
    const after = countOf(args.after, "--after", 0) ?? 0;
    const threads = countOf(args.threads, "--threads", 1);
    const json = args.json === true;
    const isOne = actor?.includes("/") === true;
    if (args.step) refuseStep(isOne, json);
    if (actor !== undefined && !isOne) requireType(actor);
    await withStore(async (store, url) => {
      if (!isOne) {
        return await replayActors(store, systemClock, { url, type: actor ?? null, to, after, threads, json });
      }
      await (args.step ? stepActor : replayActor)(store, { stream: actor, to, json });
    });
  },
});

function refuseStep(isOne: boolean, json: boolean): void {
  if (!isOne) throw new StatewrightError("USAGE", "--step is for one actor: replay order/<id> --step");
  if (json) throw new StatewrightError("USAGE", "--step is for people, --json for machines; take one of them");
  if (process.stdin.isTTY && process.stdout.isTTY) return;
  throw new StatewrightError("USAGE", "--step needs a terminal; without it the whole history is printed at once");
}
