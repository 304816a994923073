/** `statewright replay order/<id>`: an actor's history through its machine again, each transition proven on the way. */
import { defineCommand } from "citty";
import { StatewrightError } from "../kernel/errors.ts";
import { refOf } from "../kernel/ids.ts";
import type { Effect } from "../runtime/effects.ts";
import { replayable, type ReplayedEvent, replayEvents } from "../runtime/replay.ts";
import { shopActors } from "../shop/actors.ts";
import { readStream, type StoredEvent } from "../store/store.ts";
import { print } from "./command-line.ts";
import { withStore } from "./open-store.ts";

export const replayCommand = defineCommand({
  meta: { name: "replay", description: "Replay an actor's events and prove each transition" },
  args: {
    actor: { type: "positional", required: true, description: "which actor: order/<id>" },
    to: { type: "string", description: "stop after this version" },
    json: { type: "boolean", description: "one JSON object a line, for machines" },
  },
  async run({ args }) {
    const to = args.to === undefined ? Infinity : versionOf(args.to);
    const ref = refOf(args.actor);
    const definitions = shopActors({ capture: neverCalled, refund: neverCalled });
    const definition = definitions.find(({ type }) => type === ref.type);
    if (definition === undefined) {
      const types = definitions.map(({ type }) => type).join(", ");
      throw new StatewrightError("NOT_FOUND", `There is no actor type "${ref.type}"; there are ${types}`);
    }
    await withStore(async (store) => {
      let proven = 0;
      let broken: ReplayedEvent | undefined;
      for await (const event of replayEvents(replayable(definition), ref, upTo(readStream(store, args.actor), to))) {
        await print(args.json ? JSON.stringify(asJson(event)) : asText(event));
        if (event.differences.length === 0) proven++;
        else {
          broken = event;
          break;
        }
      }
      if (proven === 0 && broken === undefined) {
        throw new StatewrightError(
          "NOT_FOUND",
          `There is no ${args.actor}. GET /v1/orders lists the orders there are.`,
        );
      }
      if (broken) {
        throw new StatewrightError(
          "HISTORY_MISMATCH",
          `${args.actor} does not replay: version ${broken.row.version} is where today's machine and the stored history part.`,
        );
      }
      if (!args.json) {
        await print(
          `\n${proven} ${proven === 1 ? "transition" : "transitions"} proven: same state, same effects, same context.`,
        );
      }
    });
  },
});

/** A replay steps; it runs no activity. */
function neverCalled(): Promise<never> {
  throw new Error("A replay calls nobody");
}

function versionOf(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new StatewrightError("USAGE", `--to takes a version, such as --to 3, not "${text}"`);
}

async function* upTo(rows: AsyncIterable<StoredEvent>, version: number): AsyncGenerator<StoredEvent> {
  for await (const row of rows) {
    if (row.version > version) return;
    yield row;
  }
}

function asText({ row, effects, differences }: ReplayedEvent): string {
  const time = new Date(row.recordedAt).toISOString();
  const lines = [
    `${`v${row.version}`.padEnd(5)}${row.type.padEnd(24)}${row.state.padEnd(30)}${time}  ${
      differences.length === 0 ? "✔" : "✘"
    }`,
  ];
  for (const effect of effects) lines.push(`       ${effectText(effect)}`);
  for (const { what, stored, replayed } of differences) {
    lines.push(`       ✘ ${what}`, `         stored    ${stored}`, `         replayed  ${replayed}`);
  }
  return lines.join("\n");
}

function effectText(effect: Effect): string {
  switch (effect.kind) {
    case "activity":
      return `▸ activity ${effect.src} ${JSON.stringify(effect.input)}`;
    case "timer":
      return `◷ timer ${effect.send ?? effect.event.type} in ${effect.delayMs} ms`;
    case "message":
      return `→ ${effect.event.type} to ${effect.to.type}/${effect.to.id}`;
    case "child":
      return `+ child ${effect.to.type}/${effect.to.id}`;
    case "emit":
      return `! ${effect.event.type}`;
    default:
      return `× closes ${effect.effect}`;
  }
}

function asJson({ row, effects, context, differences }: ReplayedEvent): object {
  return {
    version: row.version,
    position: row.position,
    type: row.type,
    data: JSON.parse(row.data) as unknown,
    state: row.state,
    effects,
    context,
    recordedAt: new Date(row.recordedAt).toISOString(),
    proven: differences.length === 0,
    differences,
  };
}
