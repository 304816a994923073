import { expect, it } from "vitest";
import { systemClock } from "../../../src/kernel/clock.ts";
import { createMetrics } from "../../../src/kernel/metrics.ts";
import { createRuntime } from "../../../src/runtime/runtime.ts";
import { createMemoryStore } from "../../../src/store/memory/memory-store.ts";
import { gate } from "../../support/toys.ts";

it("a node counts what it is told, by what came of it, and what it holds", async () => {
  const metrics = createMetrics();
  const store = createMemoryStore({ clock: systemClock });
  const runtime = createRuntime({ store, actors: [gate], metrics, maxResident: 2 });
  await runtime.start();
  const tell = (id: string, type: string, messageId?: string) =>
    runtime.actor("gate", id).propose({ type }, { by: "internal", ...(messageId !== undefined && { messageId }) });
  await tell("a", "Built", "m1");
  await tell("a", "Built", "m1");
  await tell("a", "Shouted");
  await tell("b", "Built");
  // Two are at work, and a third one finds no place.
  const [, , third] = await Promise.allSettled([tell("a", "Opened"), tell("b", "Opened"), tell("c", "Built")]);
  expect(third).toMatchObject({ status: "rejected", reason: { code: "OVERLOADED" } });

  const lines = (await metrics.render()).text.split("\n");
  expect(lines).toEqual(expect.arrayContaining([
    'statewright_proposals_total{outcome="accepted"} 4',
    'statewright_proposals_total{outcome="duplicate"} 1',
    'statewright_proposals_total{outcome="refused"} 1',
    'statewright_proposals_total{outcome="failed"} 1',
    "statewright_mailbox_refusals_total 1",
    "statewright_resident_actors 2",
    "statewright_members 1",
    "statewright_node_epoch 1",
  ]));
  await runtime.stop(0);
});
