import { type AnyStateMachine, assign, fromPromise, setup } from "xstate";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { ActorDefinition } from "../../src/runtime/definition.ts";
import { registerActors } from "../../src/runtime/register.ts";
import { gate, worker, workerMachine } from "../support/toys.ts";

const define = (machine: ActorDefinition["machine"], more: Partial<ActorDefinition> = {}): ActorDefinition => ({
  type: "thing",
  machine,
  version: "1",
  created: "Made",
  events: { Made: { by: "client", schema: z.strictObject({}) } },
  ...more,
});

const toil = fromPromise(async () => 1);
const faulty: [string, ActorDefinition, RegExp][] = [
  ["a type with a dot", define(gate.machine, { type: "a.b" }), /is no type/],
  [
    "a creation event that is not declared",
    define(gate.machine, { created: "Born" }),
    /"Born" is not among its events/,
  ],
  [
    "an event name in capitals and underscores",
    define(gate.machine, { events: { ...define(gate.machine).events, PAY_NOW: gate.events["Opened"]! } }),
    /PAY_NOW/,
  ],
  [
    "an event name of the runtime",
    define(gate.machine, { events: { ...define(gate.machine).events, TimerFired: gate.events["Opened"]! } }),
    /belongs to the runtime/,
  ],
  ["an invoke without its activity", define(workerMachine), /"toil" has no entry in `activities`/],
  [
    "a systemId",
    define(setup({ actors: { toil } }).createMachine({ invoke: { src: "toil", systemId: "one" } }), {
      activities: { toil: { run: async () => 1 } },
    }),
    /systemId/,
  ],
  [
    "onSnapshot",
    define(setup({ actors: { toil } }).createMachine({ invoke: { src: "toil", onSnapshot: {} } }), {
      activities: { toil: { run: async () => 1 } },
    }),
    /onSnapshot/,
  ],
  [
    "inline logic",
    define(setup({}).createMachine({ invoke: { src: toil } } as never) as unknown as AnyStateMachine),
    /inline/,
  ],
  [
    "a custom action",
    define(setup({ actions: { shout: () => {} } }).createMachine({ entry: "shout" })),
    /"shout" is not durable/,
  ],
  ["an anonymous custom action", define(setup({}).createMachine({ entry: () => {} })), /not durable/],
  [
    "a guard without implementation",
    define(setup({}).createMachine({ on: { X: { guard: "nobody" as never, actions: assign({}) } } })),
    /guard "nobody"/,
  ],
  [
    "a delay without implementation",
    define(setup({}).createMachine({ initial: "a", states: { a: { after: { never: "b" } as never }, b: {} } })),
    /delay "never"/,
  ],
];

describe("registration", () => {
  it.each(faulty)("refuses %s", (_, definition, message) => {
    expect(() => registerActors([definition])).toThrow(message);
  });

  it("refuses a type twice", () => {
    expect(() => registerActors([gate, gate])).toThrow(/twice/);
  });

  it("takes a custom action that may be ignored", () => {
    const machine = setup({ actions: { log: () => {} } }).createMachine({ entry: "log" });
    expect(registerActors([define(machine, { ignore: ["log"] })]).size).toBe(1);
  });

  it("takes a sound machine", () => {
    expect(registerActors([gate, worker({ run: async () => 1 })]).get("worker")?.identity).toMatch(
      /^worker@1#[0-9a-f]{12}$/,
    );
  });
});
