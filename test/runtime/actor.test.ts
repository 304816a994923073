import { expect, it } from "vitest";
import { systemClock } from "../../src/kernel/clock.ts";
import { Actor } from "../../src/runtime/actor.ts";
import type { ActorHost } from "../../src/runtime/actor-host.ts";
import { Appender } from "../../src/runtime/appender.ts";
import { registerActors } from "../../src/runtime/register.ts";
import { createMemoryStore } from "../../src/store/memory/memory-store.ts";
import { gate } from "../support/toys.ts";

it("a flaw of the runtime in one turn fails that one, and leaves the actor and the others as they are", async () => {
  const log = createMemoryStore({ clock: systemClock });
  let faults = 0;
  const host: ActorHost = {
    log,
    appender: new Appender(log, () => 1),
    epoch() {
      if (faults-- === 1) throw new Error("no epoch at hand");
      return 1;
    },
    livesElsewhere: () => false,
    confirmEpoch: async () => {},
    committed() {},
    saveSnapshot() {},
    snapshotIgnored() {},
    flushSoon() {},
  };
  const registered = registerActors([gate]).get("gate")!;
  const wake = (presumedNew: boolean) => new Actor({ type: "gate", id: "a" }, "gate/a", registered, host, presumedNew);
  await wake(true).propose({ event: { type: "Built" }, by: "internal" });
  // The first call is the recovery's, the second the first turn's, which is taken as soon as it is awake.
  faults = 2;
  const actor = wake(false);
  const [first, second] = await Promise.allSettled([
    actor.propose({ event: { type: "Opened" } }),
    actor.propose({ event: { type: "Counted", by: 3 } }),
  ]);
  expect(first).toMatchObject({ status: "rejected", reason: { code: "INTERNAL", message: "no epoch at hand" } });
  expect(second).toMatchObject({ status: "fulfilled", value: { outcome: "accepted", version: 2 } });
  expect(actor.broken).toBe(false);
});
