/** Any Standard Schema validates events: these are written by hand, after the specification. */
import { expect, it } from "vitest";
import { assign, setup } from "xstate";
import { type ActorDefinition, defineActor, type EventSchema } from "../../src/runtime/definition.ts";
import { startToys } from "../support/start-toys.ts";

type Validate = EventSchema["~standard"]["validate"];

/** With all that the specification asks for, of which only `validate` is used. */
const standard = (validate: Validate) => ({ "~standard": { version: 1, vendor: "by hand", validate } }) as const;

const machine = setup({
  types: {
    context: {} as { sum: number },
    events: {} as { type: "Added"; term: number },
    input: {} as { sum: number },
  },
}).createMachine({
  id: "sum",
  context: ({ input }) => ({ sum: input.sum }),
  on: { Added: { actions: assign({ sum: ({ context, event }) => context.sum + event.term }) } },
});

const sum = (validate: Validate): ActorDefinition =>
  defineActor({
    type: "sum",
    machine,
    version: "1",
    created: "Begun",
    events: {
      Begun: { by: "client", schema: standard(() => ({ value: { sum: 0 } })) },
      Added: { by: "client", schema: standard(validate) },
    },
  });

it("stores what the schema makes of the event", async () => {
  const { runtime } = await startToys([
    sum((value) => ({ value: { term: Number((value as { term: string }).term) } })),
  ]);
  const actor = runtime.actor("sum", "a");
  await actor.propose({ type: "Begun" });
  expect(await actor.propose({ type: "Added", term: "5", by: "Eve" })).toMatchObject({ outcome: "accepted" });
  expect((await actor.events()).map(({ data }) => data)).toEqual(['{"sum":0}', '{"term":5}']);
});

it("points at what the schema finds wrong, however it names the place", async () => {
  const issues = [
    { message: "no number", path: ["terms", 0, { key: "a/b~c" }] },
    { message: "nothing to add" },
  ];
  const { runtime } = await startToys([sum(() => ({ issues }))]);
  const actor = runtime.actor("sum", "a");
  await actor.propose({ type: "Begun" });
  expect(await actor.propose({ type: "Added" })).toMatchObject({
    outcome: "refused",
    reason: "invalid",
    errors: [{ pointer: "/terms/0/a~1b~0c", detail: "no number" }, { pointer: "", detail: "nothing to add" }],
  });
});

it("says that an asynchronous schema will not do", async () => {
  const later = sum(async () => ({ value: {} }));
  const { runtime } = await startToys([later]);
  const actor = runtime.actor("sum", "a");
  await actor.propose({ type: "Begun" });
  expect(await actor.propose({ type: "Added" })).toMatchObject({
    outcome: "refused",
    errors: [{ detail: expect.stringMatching(/asynchronous/) }],
  });
});
