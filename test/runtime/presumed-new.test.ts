/** An actor that is told to come into being is taken for new; these are the ways in which that can be wrong. */
import { describe, expect, it } from "vitest";
import { startToys } from "../support/start-toys.ts";
import { gate } from "../support/toys.ts";

const BUILT = { type: "Built" };

/** An actor with a history, and a node that has never met it. */
async function stranger() {
  const one = await startToys([gate]);
  await one.tell("gate", "a", BUILT, { messageId: "first" });
  await one.tell("gate", "a", { type: "Opened" });
  return await startToys([gate], one.store, "two");
}

describe("an actor that is told to come into being", () => {
  it("costs no look at the store when it is new", async () => {
    const { store, tell } = await startToys([gate]);
    let looks = 0;
    const { load } = store;
    store.load = (...args) => (looks++, load(...args));
    await tell("gate", "a", BUILT);
    await tell("gate", "a", { type: "Opened" });
    expect(looks).toBe(0);
  });

  it("but exists, says so", async () => {
    const { tell } = await stranger();
    expect(await tell("gate", "a", BUILT)).toMatchObject({
      outcome: "refused",
      reason: "alreadyExists",
      state: "open",
    });
  });

  it("but was told so before, gets the first answer", async () => {
    const { tell } = await stranger();
    expect(await tell("gate", "a", BUILT, { messageId: "first" })).toMatchObject({ outcome: "duplicate", version: 1 });
  });

  it("but exists, and is told more at once, goes on from where it is", async () => {
    const { tell } = await stranger();
    const answers = await Promise.all([tell("gate", "a", BUILT), tell("gate", "a", { type: "Closed", why: "" })]);
    expect(answers).toMatchObject([{ reason: "alreadyExists" }, { outcome: "accepted", version: 3, state: "closed" }]);
  });

  it("in vain, is looked for when somebody asks", async () => {
    const { tell, runtime } = await stranger();
    expect(await tell("gate", "a", { type: "Built", oddly: true })).toMatchObject({ reason: "invalid" });
    expect(await runtime.actor("gate", "a").snapshot()).toMatchObject({ version: 2, state: "open" });
    expect(await tell("gate", "b", { type: "Built", oddly: true })).toMatchObject({ reason: "invalid" });
    expect(await runtime.actor("gate", "b").snapshot()).toBeUndefined();
    expect(await tell("gate", "b", { type: "Opened" })).toMatchObject({ reason: "notFound" });
  });

  it("is not seen before it is durable", async () => {
    const { tell, runtime } = await startToys([gate]);
    const [receipt, seen] = await Promise.all([tell("gate", "a", BUILT), runtime.actor("gate", "a").snapshot()]);
    expect(receipt.outcome).toBe("accepted");
    expect(seen?.version).toBe(1);
  });
});
