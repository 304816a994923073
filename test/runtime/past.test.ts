/** An actor as it was is the fold of its first events. */
import { assign, setup } from "xstate";
import { expect, test } from "vitest";
import { z } from "zod";
import { silentLogger } from "../../src/kernel/logger.ts";
import { createManualClock } from "../../src/kernel/manual-clock.ts";
import { type ActorDefinition, defineActor } from "../../src/runtime/definition.ts";
import { createPast } from "../../src/runtime/past.ts";
import { createRuntime } from "../../src/runtime/runtime.ts";
import { createMemoryStore } from "../../src/store/memory/memory-store.ts";

const machine = setup({
  types: { context: {} as { n: number }, events: {} as { type: "Counted" }, input: {} as { n: number } },
  actions: { count: assign({ n: ({ context }) => context.n + 1 }) },
  guards: { isEnough: ({ context }) => context.n >= 2 },
}).createMachine({
  context: ({ input }) => ({ n: input.n }),
  initial: "open",
  states: {
    open: { on: { Counted: [{ guard: "isEnough", target: "full" }, { actions: "count" }] } },
    full: { type: "final" },
  },
});

const counter: ActorDefinition = defineActor({
  type: "counter",
  version: "1",
  machine,
  created: "Started",
  events: {
    Started: { by: "client", schema: z.object({ n: z.number() }) },
    Counted: { by: "client", schema: z.object({}) },
  },
});

test("each version as it was, and nothing where the actor has not come", async () => {
  const store = createMemoryStore({ clock: createManualClock(1_000) });
  const runtime = createRuntime({ store, actors: [counter], logger: silentLogger });
  await runtime.start();
  const actor = runtime.actor("counter", "c1");
  await actor.propose({ type: "Started", n: 0 });
  for (let n = 0; n < 3; n++) await actor.propose({ type: "Counted" });
  const past = createPast([counter], store);
  const ref = { type: "counter", id: "c1" };
  const seen = await Promise.all([1, 2, 3, 4].map((version) => past.at(ref, version)));
  expect(seen.map((snapshot) => [snapshot?.version, snapshot?.context, snapshot?.state, snapshot?.status])).toEqual([
    [1, { n: 0 }, "open", "active"],
    [2, { n: 1 }, "open", "active"],
    [3, { n: 2 }, "open", "active"],
    [4, { n: 2 }, "full", "done"],
  ]);
  const { allowed, ...last } = seen[3]!;
  const { allowed: _, ...now } = (await actor.snapshot())!;
  expect(last).toEqual(now);
  expect([allowed("client"), seen[0]!.allowed("client")]).toEqual([[], ["Counted"]]);
  expect(await past.at(ref, 5)).toBeUndefined();
  expect(await past.at({ type: "counter", id: "c2" }, 1)).toBeUndefined();
  await expect(past.at({ type: "dragon", id: "d" }, 1)).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(past.at(ref, 100_001)).rejects.toMatchObject({ code: "LIMIT" });
  await runtime.stop(100);
});
