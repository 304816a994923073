import { describe, expect, it } from "vitest";
import { setup, spawnChild } from "xstate";
import { z } from "zod";
import type { ActorDefinition } from "../../src/runtime/definition.ts";
import { startToys } from "../support/start-toys.ts";
import { boss, task } from "../support/toys.ts";
import { eventually } from "../support/eventually.ts";

/** The child's id is made of its parent's address, the event that asked for it, and its name there. */
const HELPER = "boss_b_1_helper";

describe("a child", () => {
  const appoint = async (of: number | string) => {
    const node = await startToys([boss, task]);
    await node.tell("boss", "b", { type: "Appointed", of });
    return node;
  };

  it("is an actor of its own, speaks to its parent, and its output is the parent's onDone", async () => {
    const { tell, types, context } = await appoint(21);
    await eventually(async () => expect(await types("task", HELPER)).toEqual(["Assigned"]));
    await tell("task", HELPER, { type: "Done" });
    await eventually(async () => expect(await context("boss", "b")).toMatchObject({ heard: ["begun"], result: 42 }));
    expect(await types("boss", "b")).toEqual(["Appointed", "Begun", "ChildCompleted"]);
  });

  it("hears what its parent sends to it by name", async () => {
    const { tell, context } = await appoint(1);
    await tell("boss", "b", { type: "Prodded" });
    await eventually(async () => expect((await context("boss", "b")).heard).toContain("ouch"));
  });

  it("is stopped when its parent leaves the state that asked for it", async () => {
    const { tell, types, runtime } = await appoint(1);
    await eventually(async () => expect(await types("task", HELPER)).toEqual(["Assigned"]));
    await tell("boss", "b", { type: "LostPatience" });
    await eventually(async () => expect((await runtime.actor("task", HELPER).snapshot())?.status).toBe("stopped"));
    expect(await types("task", HELPER)).toEqual(["Assigned", "Stopped"]);
  });

  it("that cannot be made is an error of the parent's", async () => {
    const { runtime, context } = await appoint("a word");
    await eventually(async () => expect((await runtime.actor("boss", "b").snapshot())?.state).toBe("disappointed"));
    expect((await context("boss", "b")).result).toMatchObject({ name: "Refused", code: "invalid" });
  });

  it("reports to its parent also when the node dies in between", async () => {
    const one = await appoint(4);
    await eventually(async () => expect(await one.types("task", HELPER)).toEqual(["Assigned"]));
    // The first node hangs from here on; a successor of the same name takes over.
    const two = await startToys([boss, task], one.store);
    await two.tell("task", HELPER, { type: "Done" });
    await eventually(async () => expect((await two.context("boss", "b")).result).toBe(8));
    expect((await two.types("boss", "b")).filter((type) => type === "ChildCompleted")).toHaveLength(1);
  });
});

const nothing = { by: "client", schema: z.strictObject({}) } as const;

const childMachine = setup({}).createMachine({ id: "child", context: {} });

const family: ActorDefinition = {
  type: "family",
  machine: setup({ actors: { child: childMachine }, types: { events: {} as { type: "Grew" } } }).createMachine({
    id: "family",
    on: { Grew: { actions: ["a.b", "a b", "a_b", "a-b"].map((id) => spawnChild("child", { id })) } },
  }),
  version: "1",
  created: "Founded",
  events: { Founded: nothing, Grew: nothing },
  children: { child: "child" },
};
const child: ActorDefinition = {
  type: "child",
  machine: childMachine,
  version: "1",
  created: "Born",
  events: { Born: { by: "internal", schema: z.strictObject({}) } },
};

it("children of one event are actors each, also when their names differ only in what no address can hold", async () => {
  const { tell, store } = await startToys([family, child]);
  await tell("family", "f", { type: "Founded" });
  await tell("family", "f", { type: "Grew" });
  await eventually(async () => {
    const log = await store.readAll({ after: 0, limit: 100 });
    const born = log.filter(({ type }) => type === "Born").map(({ stream }) => stream);
    expect(new Set(born).size).toBe(4);
    expect(born).toContain("child/family_f_2_a-b");
  });
});
