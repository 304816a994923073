/** Histories whose timers are overdue as soon as they are stored, written as a node would have written them. */
import { judgeProposal } from "../../src/runtime/acceptance.ts";
import type { ActorState } from "../../src/runtime/actor-state.ts";
import { waitingFor } from "../../src/runtime/effects.ts";
import { recordEvent } from "../../src/runtime/record.ts";
import type { RegisteredActor } from "../../src/runtime/register.ts";
import type { AppendRun, NewEvent, Store } from "../../src/store/store.ts";

/** An alarm that was set to ring in 1 ms. */
function setAlarm(registered: RegisteredActor, id: string): AppendRun {
  const ref = { type: "alarm", id };
  const events: NewEvent[] = [];
  let state: ActorState | undefined;
  for (const event of [{ type: "Made" }, { type: "Set", ms: 1 }]) {
    const verdict = judgeProposal(registered, ref, state, { event });
    if (verdict.outcome === "refused") throw new Error(verdict.detail);
    const recorded = recordEvent(registered, ref, state, verdict, { correlation: `alarm/${id}/1` }, 0);
    events.push(recorded.event);
    state = recorded.state;
  }
  return { stream: `alarm/${id}`, expectedVersion: 0, events, waiting: waitingFor(state!.open), requestKeys: [] };
}

/** @returns the streams */
export async function storeOverdueAlarms(store: Store, registered: RegisteredActor, count: number): Promise<string[]> {
  const runs = Array.from({ length: count }, (_, i) => setAlarm(registered, `overdue${i}`));
  for (let from = 0; from < count; from += 500) await store.append(0, runs.slice(from, from + 500));
  return runs.map(({ stream }) => stream);
}
