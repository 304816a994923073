import { afterEach } from "vitest";
import { systemClock } from "../../src/kernel/clock.ts";
import type { ActorDefinition } from "../../src/runtime/definition.ts";
import type { MachineEvent } from "../../src/runtime/machine-event.ts";
import { createRuntime, type Runtime } from "../../src/runtime/runtime.ts";
import { createMemoryStore } from "../../src/store/memory/memory-store.ts";
import type { Store } from "../../src/store/store.ts";

const running: Runtime[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((runtime) => runtime.stop(50)));
});

/** A node over a store in memory, with short words for what tests do all the time. It stops after the test. */
export async function startToys(
  actors: readonly ActorDefinition[],
  store: Store = createMemoryStore({ clock: systemClock }),
  nodeId = "one",
  maxResident = 1_000,
) {
  const runtime = createRuntime({ store, actors, nodeId, maxResident });
  await runtime.start();
  running.push(runtime);
  return {
    runtime,
    store,
    tell: (type: string, id: string, event: MachineEvent, more: object = {}) =>
      runtime.actor(type, id).propose(event, { by: "internal", ...more }),
    context: async (type: string, id: string) => (await runtime.actor(type, id).snapshot())?.context,
    types: async (type: string, id: string) => (await runtime.actor(type, id).events()).map((row) => row.type),
  };
}
