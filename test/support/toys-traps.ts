/** Machines that a naive reading of XState gets wrong; each is about one trap. */
import { assign, emit, fromPromise, raise, sendTo, setup, spawnChild } from "xstate";
import { z } from "zod";
import { actorRef } from "../../machines/actor-ref.ts";
import type { Activity, ActorDefinition, EventDeclaration } from "../../src/runtime/definition.ts";
import { taskMachine } from "./toys.ts";

const nothing: EventDeclaration = { by: "client", schema: z.strictObject({}) };
const anything: EventDeclaration = { by: "client", schema: z.any() };
const toil = fromPromise(async (): Promise<unknown> => null);

/** A stay ends by itself after a second; it can be left and begun again before. */
export const visitor: ActorDefinition = {
  type: "visitor",
  machine: setup({ types: { events: {} as { type: "CameIn" } | { type: "WentOut" } } }).createMachine({
    id: "visitor",
    initial: "outside",
    states: {
      outside: { on: { CameIn: "inside" } },
      inside: { after: { 1_000: "shownOut" }, on: { WentOut: "outside" } },
      shownOut: {},
    },
  }),
  version: "1",
  created: "Arrived",
  events: { Arrived: nothing, CameIn: nothing, WentOut: nothing },
};

/** Invokes, and handles neither its end nor its failure. */
export function mute(work: Activity): ActorDefinition {
  return {
    type: "mute",
    machine: setup({ actors: { toil }, types: { events: {} as { type: "Waved" } } }).createMachine({
      id: "mute",
      initial: "busy",
      states: {
        busy: { invoke: { id: "toil", src: "toil" }, after: { 100_000: "bored" }, on: { Waved: {} } },
        bored: {},
      },
    }),
    version: "1",
    created: "Born",
    events: { Born: nothing, Waved: nothing },
    activities: { toil: work },
  };
}

/** Keeps things in its context that are no data. */
export const hoarder: ActorDefinition = {
  type: "hoarder",
  machine: setup({
    types: {
      context: {} as { kept: unknown },
      events: {} as
        | { type: "SelfKept" }
        | { type: "AddressKept" }
        | { type: "ChildKept" }
        | { type: "Kept"; what: unknown }
        | { type: "DateMade" },
    },
    actors: { task: taskMachine },
  }).createMachine({
    id: "hoarder",
    context: { kept: null },
    on: {
      SelfKept: { actions: assign({ kept: ({ self }) => self }) },
      AddressKept: { actions: assign({ kept: () => actorRef("gate", "a") as unknown }) },
      ChildKept: { actions: assign({ kept: ({ spawn }) => spawn("task", { id: "pet", input: { of: 1 } }) }) },
      Kept: { actions: assign({ kept: ({ event }) => event.what }) },
      DateMade: { actions: assign({ kept: () => new Date(0) }) },
    },
  }),
  version: "1",
  created: "Began",
  events: {
    Began: nothing,
    SelfKept: nothing,
    AddressKept: nothing,
    ChildKept: nothing,
    Kept: anything,
    DateMade: nothing,
  },
  children: { task: "task" },
};

/** Spawns while its context is being made. */
export const breeder: ActorDefinition = {
  type: "breeder",
  machine: setup({ types: { context: {} as { pet: unknown } }, actors: { task: taskMachine } }).createMachine({
    id: "breeder",
    context: ({ spawn }) => ({ pet: spawn("task", { id: "pet", input: { of: 1 } }) }),
  }),
  version: "1",
  created: "Began",
  events: { Began: nothing },
  children: { task: "task" },
};

/** Asks for one of everything in its initial state. */
export function eager(work: Activity): ActorDefinition {
  return {
    type: "eager",
    machine: setup({
      types: {
        context: {} as { id: string; done: string[] },
        events: {} as { type: "Rang" } | { type: "Begun" },
        input: {} as { id: string },
        emitted: {} as { type: "Hello" },
      },
      actors: { toil, task: taskMachine },
    }).createMachine({
      id: "eager",
      context: ({ input }) => ({ id: input.id, done: [] }),
      initial: "awake",
      entry: [
        raise({ type: "Rang" }, { id: "bell", delay: 20 }),
        sendTo(() => actorRef("gate", "ofTheEager"), { type: "Opened" }),
        emit({ type: "Hello" }),
        spawnChild("task", { id: "hand", input: { of: 1 } }),
      ],
      on: {
        Rang: { actions: assign({ done: ({ context }) => [...context.done, "bell"] }) },
        Begun: { actions: assign({ done: ({ context }) => [...context.done, "child"] }) },
      },
      states: {
        awake: {
          invoke: {
            id: "toil",
            src: "toil",
            onDone: { actions: assign({ done: ({ context }) => [...context.done, "work"] }) },
          },
          after: { 30: { actions: assign({ done: ({ context }) => [...context.done, "after"] }) } },
        },
      },
    }),
    version: "1",
    created: "Woke",
    events: { Woke: nothing, Begun: { by: "internal", schema: z.strictObject({}) } },
    activities: { toil: work },
    children: { task: "task" },
  };
}

/** Goes one way for a text and another for anything else: a Date is a text once it is stored. */
export const clerk: ActorDefinition = {
  type: "clerk",
  machine: setup({ types: { events: {} as { type: "Stamped"; at: unknown } } }).createMachine({
    id: "clerk",
    initial: "ready",
    states: {
      ready: {
        on: { Stamped: [{ guard: ({ event }) => typeof event.at === "string", target: "text" }, { target: "object" }] },
      },
      text: {},
      object: {},
    },
  }),
  version: "1",
  created: "Seated",
  events: { Seated: nothing, Stamped: anything },
};

/** Sends what JSON would change: a Date, and a field that is undefined. */
export const courier: ActorDefinition = {
  type: "courier",
  machine: setup({ types: { events: {} as { type: "Sent"; to: string } } }).createMachine({
    id: "courier",
    on: {
      Sent: {
        actions: sendTo(
          ({ event }) => actorRef("recipient", event.to),
          () => ({ type: "Received", at: new Date(0), note: undefined }),
        ),
      },
    },
  }),
  version: "1",
  created: "Hired",
  events: { Hired: nothing, Sent: { by: "client", schema: z.strictObject({ to: z.string() }) } },
};

/** Takes nothing but what was declared. */
export const recipient: ActorDefinition = {
  type: "recipient",
  machine: setup({ types: { context: {} as { at: string }, events: {} as { type: "Received"; at: string } } })
    .createMachine({
      id: "recipient",
      context: { at: "" },
      on: { Received: { actions: assign({ at: ({ event }) => event.at }) } },
    }),
  version: "1",
  created: "Moved",
  events: { Moved: nothing, Received: { by: "internal", schema: z.strictObject({ at: z.string() }) } },
};

/** One of its timers is more than its machine can take. */
export const clumsy: ActorDefinition = {
  type: "clumsy",
  machine: setup({ types: { context: {} as { steps: number }, events: {} as { type: "Walked" } } }).createMachine({
    id: "clumsy",
    context: { steps: 0 },
    initial: "walking",
    on: { Walked: { actions: assign({ steps: ({ context }) => context.steps + 1 }) } },
    states: {
      walking: {
        after: {
          20: {
            actions: assign(() => {
              throw new Error("stumbled");
            }),
          },
          40: "arrived",
        },
      },
      arrived: {},
    },
  }),
  version: "1",
  created: "Left",
  events: { Left: nothing, Walked: nothing },
};
