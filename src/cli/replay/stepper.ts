/** `replay --step`: a history one event at a time, forwards and backwards. */
import type { ReplayedEvent } from "../../runtime/replay.ts";
import { asText } from "./event-text.ts";

const HELP = "Enter or n: next · b: back · g <version>: go to · d: what the event has changed · q: quit";

/** @param lines what the person types; ends with `q` or the input's end */
export async function stepThrough(
  events: readonly ReplayedEvent[],
  lines: AsyncIterable<string>,
  say: (text: string) => Promise<void>,
): Promise<void> {
  let at = 0;
  await say(HELP);
  await say(asText(events[at]!));
  for await (const line of lines) {
    const [command = "n", version] = line.trim().split(/\s+/);
    if (command === "q") return;
    if (command === "d") {
      await say(diffText(events[at - 1]?.context, events[at]!.context));
      continue;
    }
    const next = { "": at + 1, n: at + 1, b: at - 1, g: Number(version) - 1 }[command];
    if (next === undefined) await say(HELP);
    else if (events[next] === undefined) await say(`There is none there: 1 to ${events.length}.`);
    else await say(asText(events[at = next]!));
  }
}

/** What differs between two contexts: a line for each place. */
export function diffText(before: unknown, after: unknown): string {
  const lines = [...differences(before, after, "")];
  return lines.length === 0 ? "The context is the same." : lines.join("\n");
}

function* differences(before: unknown, after: unknown, path: string): Generator<string> {
  if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      yield* differences(before[key], after[key], `${path}/${key}`);
    }
    return;
  }
  const [was, is] = [JSON.stringify(before), JSON.stringify(after)];
  if (was !== is) yield `  ${path || "/"}: ${was ?? "(nothing)"} → ${is ?? "(nothing)"}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
