/** A replayed event, for people and for machines. */
import type { Effect } from "../../runtime/effects.ts";
import type { ReplayedEvent } from "../../runtime/replay.ts";

/** Some lines: the event, what it asks for, and both sides of each difference. */
export function asText({ row, effects, context, differences }: ReplayedEvent): string {
  const time = new Date(row.recordedAt).toISOString();
  const mark = differences.length === 0 ? "✔" : "✘";
  const lines = [
    `${`v${row.version}`.padEnd(5)}${row.type.padEnd(24)}${row.state.padEnd(30)}${time}  ${mark}`,
    ...effects.map((effect) => `       ${effectText(effect)}`),
  ];
  for (const { what, stored, replayed } of differences) {
    lines.push(`       ✘ ${what}`, `         stored    ${stored}`, `         replayed  ${replayed}`);
    if (what === "snapshot") lines.push(`         context   ${JSON.stringify(context)}`);
  }
  return lines.join("\n");
}

export function effectText(effect: Effect): string {
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

export function asJson({ row, effects, context, differences }: ReplayedEvent): object {
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
