/** What random lives find in a machine that has something wrong with it, and what they cover of one that has not. */
import fc from "fast-check";
import { assign, fromPromise, setup } from "xstate";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { ActorDefinition } from "../../src/runtime/definition.ts";
import { checkMachine, type CheckOptions } from "../../src/test-kit/check-machine.ts";

const nothing = z.strictObject({});
const client = (schema: z.ZodType = nothing) => ({ by: "client", schema }) as const;
const events = {
  Installed: client(),
  Pressed: client(),
  Turned: client(z.strictObject({ by: z.int().min(-3).max(3) })),
};

let shared = 0;

/** A switch with a lamp; each flaw is one line of it. */
const switchSetup = setup({
  types: {
    context: {} as { level: number },
    events: {} as { type: "Pressed" } | { type: "Turned"; by: number },
  },
  actors: { warmUp: fromPromise<{ watts: number }>(async () => ({ watts: 0 })) },
  guards: { isBright: ({ context }) => context.level > 0, throws: () => JSON.parse("{") as boolean },
  actions: {
    turn: assign({ level: ({ context, event }) => context.level + ("by" in event ? event.by : 0) }),
    count: assign({ level: () => shared++ }),
    stamp: assign({ level: ({ event }) => (event as unknown as { output: { watts: number } }).output.watts }),
  },
});
type Config = Parameters<typeof switchSetup.createMachine>[0];
type States = NonNullable<Config["states"]>;

function lamp(states: States): ActorDefinition {
  return {
    type: "lamp",
    version: "1",
    created: "Installed",
    events,
    machine: switchSetup.createMachine({ id: "lamp", context: { level: 0 }, initial: "off", states }),
    activities: { warmUp: { run: async () => ({ watts: 1 }) } },
  };
}

const check = (states: States, options: CheckOptions = {}) => checkMachine(fc, lamp(states), { seed: 1, ...options });

const warm = { warming: { invoke: { src: "warmUp", onDone: "off", onError: "off" } } } as const;

describe("it finds", () => {
  test.each<readonly [flaw: string, found: string | RegExp, states: States, options: CheckOptions]>([
    ["a guard that throws", 'The machine throws on {"type":"Pressed"}', {
      off: { on: { Pressed: { guard: "throws", target: "on" }, Turned: "on" } },
      on: { on: { Pressed: "off" } },
    }, {}],
    ["a failure that nobody handles", 'It ends in an error: nothing handles what happens in "warming"', {
      off: { on: { Pressed: "warming" } },
      warming: { invoke: { src: "warmUp", onDone: "off" } },
    }, { answers: { warmUp: fc.constant({ watts: 1 }) } }],
    ["a state that nothing leads out of", 'Nothing can wake it in "broken"', {
      off: { on: { Pressed: "broken" } },
      broken: {},
    }, {}],
    ["what is not pure", "It is not pure: ", {
      off: { on: { Pressed: { actions: "count" } } },
    }, {}],
    ["an action that fails on an answer", /Cannot read properties of null/, {
      off: { on: { Pressed: "warming" } },
      warming: { invoke: { src: "warmUp", onDone: { target: "off", actions: "stamp" }, onError: "off" } },
    }, { answers: { warmUp: fc.constant(null) } }],
    ["what breaks a rule of yours", "too bright", {
      off: { on: { Turned: { actions: "turn" } } },
    }, {
      invariant: ({ context }) => {
        if ((context as { level: number }).level > 5) throw new Error("too bright");
      },
    }],
    ["an activity whose answers nobody has told it", 'Say in `answers` what the activity "warmUp" answers', {
      off: { on: { Pressed: "warming" } },
      ...warm,
    }, {}],
    ["data that the schema does not accept", "The schema does not accept", { off: { on: { Turned: "off" } } }, {
      events: { Turned: fc.constant({ by: "a lot" }) },
    }],
  ])("%s", (_, found, states, options) => {
    expect(() => check(states, options)).toThrow(expect.objectContaining({
      cause: expect.objectContaining({
        message: typeof found === "string" ? expect.stringContaining(found) : expect.stringMatching(found),
      }),
    }));
  });

  test("the shortest life that leads there, in words", () => {
    const broken = { off: { on: { Pressed: "on" } }, on: { on: { Turned: "broken", Pressed: "off" } }, broken: {} };
    expect(() => check(broken)).toThrow(expect.objectContaining({
      cause: expect.objectContaining({
        message: expect.stringMatching(
          /^Nothing can wake it in "broken"\nafter:\n {2}{"type":"Installed"}\n {2}{"type":"Pressed"}\n {2}{"by":-?\d,"type":"Turned"}$/,
        ),
      }),
    }));
  });
});

describe("it covers", () => {
  const states: States = {
    off: { on: { Pressed: "warming", Turned: { actions: "turn" } } },
    warming: { invoke: { src: "warmUp", onDone: "on", onError: "off" } },
    on: { on: { Pressed: { guard: "isBright", target: "off" } }, after: { 1_000: "off" } },
  };
  const answers = { warmUp: fc.constant({ watts: 1 }) };

  test("everything, with time", () => {
    const { taken, untaken, oneSided } = check(states, { answers });
    expect({ untaken, oneSided }).toEqual({
      untaken: [],
      oneSided: ["throws was never true", "throws was never false"],
    });
    expect(taken).toEqual([
      "lamp.off –Pressed→ lamp.warming",
      "lamp.off –Turned→",
      "lamp.warming –xstate.done.actor.0.lamp.warming→ lamp.on",
      "lamp.warming –xstate.error.actor.0.lamp.warming→ lamp.off",
      "lamp.on –Pressed [isBright]→ lamp.off",
      "lamp.on –xstate.after.1000.lamp.on→ lamp.off",
    ]);
  });

  test("and tells what is missing", () => {
    const { untaken, oneSided } = check(states, { answers, events: { Turned: fc.constant({ by: 0 }) } });
    expect(untaken).toEqual(["lamp.on –Pressed [isBright]→ lamp.off"]);
    expect(oneSided).toContain("isBright was never true");
  });

  test("what a history leads to, when chance does not", () => {
    const dim = { answers, events: { Turned: fc.constant({ by: 0 }) } };
    const { untaken } = check(states, { ...dim, histories: [[{ type: "Installed" }, { type: "Turned", by: 2 }]] });
    expect(untaken).toEqual([]);
  });
});
