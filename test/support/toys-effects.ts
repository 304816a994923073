/**
 * Small machines for what a machine asks for: delayed raises and their cancelling, a question to another actor and its
 * answer, emitted events, spawned children.
 */
import { assign, cancel, emit, fromPromise, raise, sendTo, setup, spawnChild, stopChild } from "xstate";
import { z } from "zod";
import { actorRef } from "../../machines/actor-ref.ts";
import type { Activity, ActorDefinition, EventDeclaration } from "../../src/runtime/definition.ts";
import { bossMachine, taskMachine } from "./toys.ts";

const nothing: EventDeclaration = { by: "client", schema: z.strictObject({}) };
const internal: EventDeclaration = { by: "internal", schema: z.strictObject({}) };
const address = z.strictObject({ type: z.string(), id: z.string() });

/** `Set` winds a bell up that rings after `ms`; setting it again starts over, `Hushed` cancels it, `Broken` ends all. */
const alarmMachine = setup({
  types: {
    context: {} as { rings: number },
    events: {} as { type: "Set"; ms: number } | { type: "Hushed" } | { type: "Rang" } | { type: "Broken" },
  },
}).createMachine({
  id: "alarm",
  context: { rings: 0 },
  initial: "ticking",
  states: {
    ticking: {
      on: {
        Set: { actions: raise({ type: "Rang" }, { id: "bell", delay: ({ event }) => event.ms }) },
        Hushed: { actions: cancel("bell") },
        Rang: { actions: assign({ rings: ({ context }) => context.rings + 1 }) },
        Broken: "scrapped",
      },
    },
    scrapped: { type: "final" },
  },
});

export const alarm: ActorDefinition = {
  type: "alarm",
  machine: alarmMachine,
  version: "1",
  created: "Made",
  events: {
    Made: nothing,
    Set: { by: "client", schema: z.strictObject({ ms: z.int() }) },
    Hushed: nothing,
    Broken: nothing,
  },
};

/** Asks the oracle that it is told of, and keeps the answer. */
const pilgrimMachine = setup({
  types: {
    context: {} as { id: string; answers: number[] },
    events: {} as { type: "Wondered"; number: number; oracle: string } | { type: "Answered"; number: number },
    input: {} as { id: string },
  },
}).createMachine({
  id: "pilgrim",
  context: ({ input }) => ({ id: input.id, answers: [] }),
  on: {
    Wondered: {
      actions: sendTo(
        ({ event }) => actorRef("oracle", event.oracle),
        ({ context, event }) => ({ type: "Asked", number: event.number, by: { type: "pilgrim", id: context.id } }),
      ),
    },
    Answered: { actions: assign({ answers: ({ context, event }) => [...context.answers, event.number] }) },
  },
});

export const pilgrim: ActorDefinition = {
  type: "pilgrim",
  machine: pilgrimMachine,
  version: "1",
  created: "SetOut",
  events: {
    SetOut: nothing,
    Wondered: { by: "client", schema: z.strictObject({ number: z.number(), oracle: z.string() }) },
    Answered: { by: "internal", schema: z.strictObject({ number: z.number() }) },
  },
};

/** Doubles the number and answers whoever asked. */
const oracleMachine = setup({
  types: {
    context: {} as { asked: number },
    events: {} as { type: "Asked"; number: number; by: { type: string; id: string } },
  },
}).createMachine({
  id: "oracle",
  context: { asked: 0 },
  on: {
    Asked: {
      actions: [
        assign({ asked: ({ context }) => context.asked + 1 }),
        sendTo(
          ({ event }) => actorRef(event.by.type, event.by.id),
          ({ event }) => ({ type: "Answered", number: event.number * 2 }),
        ),
      ],
    },
  },
});

export const oracle: ActorDefinition = {
  type: "oracle",
  machine: oracleMachine,
  version: "1",
  created: "Founded",
  events: {
    Founded: nothing,
    Asked: { by: "internal", schema: z.strictObject({ number: z.number(), by: address }) },
  },
};

/** Emits what it is told, with its number. */
const heraldMachine = setup({
  types: {
    context: {} as { cries: number },
    events: {} as { type: "Told"; news: string },
    emitted: {} as { type: "Cried"; news: string; number: number },
  },
}).createMachine({
  id: "herald",
  context: { cries: 0 },
  on: {
    Told: {
      actions: [
        assign({ cries: ({ context }) => context.cries + 1 }),
        emit(({ context, event }) => ({ type: "Cried", news: event.news, number: context.cries })),
      ],
    },
  },
});

export const herald: ActorDefinition = {
  type: "herald",
  machine: heraldMachine,
  version: "1",
  created: "Appointed",
  events: { Appointed: nothing, Told: { by: "client", schema: z.strictObject({ news: z.string() }) } },
};

/** A child whose work may fail, and that has no answer to it. */
const frailMachine = setup({
  types: { input: {} as { of: number } },
  actors: { toil: fromPromise(async (): Promise<unknown> => null) },
}).createMachine({
  id: "frail",
  initial: "toiling",
  states: { toiling: { invoke: { id: "toil", src: "toil", onDone: "done" } }, done: { type: "final" } },
});

export function frail(toil: Activity): ActorDefinition {
  return {
    type: "frail",
    machine: frailMachine,
    version: "1",
    created: "Roped",
    events: { Roped: { by: "internal", schema: z.strictObject({ of: z.int() }) } },
    activities: { toil },
  };
}

/** On `Called` it spawns a `task`, or a `frail` one, that lives as long as the foreman is at work. */
const foremanMachine = setup({
  types: {
    context: {} as { id: string; greetings: number; result: unknown; fault: string },
    events: {} as { type: "Called" } | { type: "FrailCalled" } | { type: "Begun" } | { type: "WentHome" },
    input: {} as { id: string },
  },
  actors: { task: taskMachine, frail: frailMachine },
}).createMachine({
  id: "foreman",
  context: ({ input }) => ({ id: input.id, greetings: 0, result: null, fault: "" }),
  initial: "idle",
  on: { Begun: { actions: assign({ greetings: ({ context }) => context.greetings + 1 }) } },
  states: {
    idle: {
      on: {
        Called: { target: "busy", actions: spawnChild("task", { id: "hand", input: { of: 21 } }) },
        FrailCalled: { target: "busy", actions: spawnChild("frail", { id: "hand", input: { of: 0 } }) },
      },
    },
    busy: {
      exit: stopChild("hand"),
      on: {
        "xstate.done.actor.hand": {
          target: "idle",
          actions: assign({ result: ({ event }) => (event as unknown as { output: unknown }).output }),
        },
        "xstate.error.actor.hand": {
          target: "idle",
          actions: assign({ fault: ({ event }) => (event as unknown as { error: Error }).error.message }),
        },
        WentHome: "idle",
      },
    },
  },
});

export const foreman: ActorDefinition = {
  type: "foreman",
  machine: foremanMachine,
  version: "1",
  created: "Employed",
  events: {
    Employed: nothing,
    Called: nothing,
    FrailCalled: nothing,
    Begun: internal,
    WentHome: nothing,
  },
  children: { task: "task", frail: "frail" },
};

/** Has a boss, who has a task; when the chief is gone, so are they. */
const chiefMachine = setup({
  types: { events: {} as { type: "LeftOffice" } },
  actors: { boss: bossMachine },
}).createMachine({
  id: "chief",
  initial: "inOffice",
  states: {
    inOffice: {
      invoke: { id: "deputy", src: "boss", input: { of: 3 } as never },
      on: { LeftOffice: "gone" },
    },
    gone: { type: "final" },
  },
});

export const chief: ActorDefinition = {
  type: "chief",
  machine: chiefMachine,
  version: "1",
  created: "Elected",
  events: { Elected: nothing, LeftOffice: nothing },
  children: { boss: "boss" },
};
