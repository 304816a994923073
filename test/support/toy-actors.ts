import type { Activity, ActorDefinition } from "../../src/runtime/definition.ts";
import { boss, gate, player, task, worker } from "./toys.ts";
import { alarm, chief, foreman, frail, herald, oracle, pilgrim } from "./toys-effects.ts";
import { statecharts } from "./toys-statecharts.ts";
import { workAt } from "./witness.ts";

/** Every toy that behaves. @param witness where their work is done */
export function toyActors(witness: string): ActorDefinition[] {
  const toil: Activity = { run: workAt(witness), retry: { attempts: 1_000, backoffMs: 20, maxBackoffMs: 50 } };
  return [
    gate,
    worker(toil),
    player,
    task,
    boss,
    alarm,
    pilgrim,
    oracle,
    herald,
    frail(toil),
    foreman,
    chief,
    ...statecharts,
  ];
}
