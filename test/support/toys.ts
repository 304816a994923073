/**
 * Small machines for the runtime's tests, none of them the shop's: a gate that closes by itself, work that may fail,
 * two actors that play ping-pong, and machines that misbehave.
 */
import { assign, fromPromise, sendParent, sendTo, setup } from "xstate";
import { z } from "zod";
import { actorRef } from "../../machines/actor-ref.ts";
import type { Activity, ActorDefinition, EventDeclaration } from "../../src/runtime/definition.ts";

const nothing: EventDeclaration = { by: "client", schema: z.strictObject({}) };

type GateEvent = { type: "Opened" } | { type: "Closed"; why: string } | { type: "Locked" } | {
  type: "Counted";
  by: number;
};

/** `closed ⇄ open`; an open gate closes after 200 ms; `Locked` (operators only) ends it. */
export const gateMachine = setup({
  types: {
    context: {} as { id: string; passes: number; total: number },
    events: {} as GateEvent,
    input: {} as { id: string },
  },
  delays: { patience: 200 },
}).createMachine({
  id: "gate",
  context: ({ input }) => ({ id: input.id, passes: 0, total: 0 }),
  initial: "closed",
  on: {
    Counted: {
      guard: ({ event }) => event.by !== 13,
      actions: assign({ total: ({ context, event }) => context.total + event.by }),
    },
  },
  states: {
    closed: { on: { Opened: "open", Locked: "locked" } },
    open: {
      entry: assign({ passes: ({ context }) => context.passes + 1 }),
      on: { Closed: "closed" },
      after: { patience: "closed" },
    },
    locked: { type: "final" },
  },
});

export const gate: ActorDefinition = {
  type: "gate",
  machine: gateMachine,
  version: "1",
  created: "Built",
  events: {
    Built: { by: "internal", schema: z.strictObject({}) },
    Opened: nothing,
    Closed: { by: "client", schema: z.strictObject({ why: z.string().max(10) }) },
    Locked: { by: "operator", schema: z.strictObject({}) },
    Counted: { by: "client", schema: z.strictObject({ by: z.int() }) },
  },
};

/** `working` invokes `toil`; done → `finished` with the answer, error → `failed`; `Abandoned` leaves it. */
export const workerMachine = setup({
  types: {
    context: {} as { id: string; answer: unknown; error: unknown },
    events: {} as { type: "Abandoned" } | { type: "Resumed" } | { type: "Toiled"; sum: number },
    input: {} as { id: string },
  },
  actors: { toil: fromPromise(async (): Promise<unknown> => null) },
}).createMachine({
  id: "worker",
  context: ({ input }) => ({ id: input.id, answer: null, error: null }),
  initial: "working",
  states: {
    working: {
      invoke: {
        id: "toil",
        src: "toil",
        input: ({ context }) => ({ of: context.id }),
        onDone: { target: "finished", actions: assign({ answer: ({ event }) => event.output }) },
        onError: { target: "failed", actions: assign({ error: ({ event }) => event.error }) },
      },
      on: { Abandoned: "idle", Toiled: { target: "finished", actions: assign({ answer: ({ event }) => event.sum }) } },
    },
    idle: { on: { Resumed: "working" } },
    failed: { on: { Resumed: "working" } },
    finished: {},
  },
});

export function worker(toil: Activity): ActorDefinition {
  return {
    type: "worker",
    machine: workerMachine,
    version: "1",
    created: "Hired",
    events: {
      Hired: nothing,
      Abandoned: nothing,
      Resumed: nothing,
      Toiled: { by: "internal", schema: z.strictObject({ sum: z.number() }) },
    },
    activities: { toil },
  };
}

/** On `Served`, sends `Hit` to the partner, which answers with `Hit`, `rallies` times in all. */
export const playerMachine = setup({
  types: {
    context: {} as { id: string; partner: string; hits: number },
    events: {} as { type: "Served"; rallies: number } | { type: "Hit"; left: number } | { type: "Insulted" },
    input: {} as { id: string; partner: string },
  },
}).createMachine({
  id: "player",
  context: ({ input }) => ({ id: input.id, partner: input.partner, hits: 0 }),
  initial: "playing",
  states: {
    playing: {
      on: {
        Served: {
          actions: sendTo(
            ({ context }) => actorRef("player", context.partner),
            ({ event }) => ({ type: "Hit", left: event.rallies }),
          ),
        },
        Hit: [{
          guard: ({ event }) => event.left > 1,
          actions: [
            assign({ hits: ({ context }) => context.hits + 1 }),
            sendTo(
              ({ context }) => actorRef("player", context.partner),
              ({ event }) => ({ type: "Hit", left: event.left - 1 }),
            ),
          ],
        }, { actions: assign({ hits: ({ context }) => context.hits + 1 }) }],
        // Nobody declares `Shouted`: whatever is sent here is refused.
        Insulted: { actions: sendTo(({ context }) => actorRef("player", context.partner), { type: "Shouted" }) },
      },
    },
  },
});

export const player: ActorDefinition = {
  type: "player",
  machine: playerMachine,
  version: "1",
  created: "Joined",
  events: {
    Joined: { by: "client", schema: z.strictObject({ partner: z.string() }) },
    Served: { by: "client", schema: z.strictObject({ rallies: z.int() }) },
    Hit: { by: "internal", schema: z.strictObject({ left: z.int() }) },
    Insulted: nothing,
  },
};

/** Throws in a guard or an assign, never comes to rest, or keeps what no database can hold; but only when told to. */
export const rogueMachine = setup({
  types: {
    context: {} as { id: string; kept: unknown; spins: number },
    events: {} as { type: "GuardThrew" } | { type: "AssignThrew" } | { type: "Spun" } | { type: "Hoarded" },
    input: {} as { id: string },
  },
}).createMachine({
  id: "rogue",
  context: ({ input }) => ({ id: input.id, kept: null, spins: 0 }),
  initial: "calm",
  states: {
    calm: {
      on: {
        GuardThrew: {
          guard: () => {
            throw new Error("guard out of order");
          },
          target: "spinning",
        },
        AssignThrew: {
          actions: assign(() => {
            throw new Error("assign out of order");
          }),
        },
        Spun: "spinning",
        Hoarded: { actions: assign({ kept: () => 10n }) },
      },
    },
    spinning: {
      always: { target: "spinning", reenter: true, actions: assign({ spins: ({ context }) => context.spins + 1 }) },
    },
  },
});

export const rogue: ActorDefinition = {
  type: "rogue",
  machine: rogueMachine,
  version: "1",
  created: "Appeared",
  events: { Appeared: nothing, GuardThrew: nothing, AssignThrew: nothing, Spun: nothing, Hoarded: nothing },
};

/** A task of its own: reports to its parent at once, and ends with double what it was given. */
export const taskMachine = setup({
  types: {
    context: {} as { id: string; of: number },
    events: {} as { type: "Done" } | { type: "Nudged" },
    input: {} as { id?: string; of: number },
    output: {} as number,
  },
}).createMachine({
  id: "task",
  context: ({ input }) => ({ id: input.id ?? "", of: input.of }),
  initial: "busy",
  output: ({ context }) => context.of * 2,
  states: {
    busy: {
      entry: sendParent({ type: "Begun" }),
      on: {
        Done: "done",
        Nudged: { actions: sendParent({ type: "Ouch" }) },
      },
    },
    done: { type: "final" },
  },
});

export const task: ActorDefinition = {
  type: "task",
  machine: taskMachine,
  version: "1",
  created: "Assigned",
  events: {
    Assigned: { by: "internal", schema: z.strictObject({ of: z.int() }) },
    Done: nothing,
    Nudged: { by: "internal", schema: z.strictObject({}) },
  },
};

/** Delegates to a `task` and waits for its end. */
export const bossMachine = setup({
  types: {
    context: {} as { id: string; heard: string[]; result: unknown },
    events: {} as { type: "Begun" } | { type: "Ouch" } | { type: "Prodded" } | { type: "LostPatience" },
    input: {} as { id: string; of: number | string },
  },
  actors: { task: taskMachine },
}).createMachine({
  id: "boss",
  context: ({ input }) => ({ id: input.id, heard: [], result: input.of }),
  initial: "delegating",
  on: {
    Begun: { actions: assign({ heard: ({ context }) => [...context.heard, "begun"] }) },
    Ouch: { actions: assign({ heard: ({ context }) => [...context.heard, "ouch"] }) },
  },
  states: {
    delegating: {
      invoke: {
        id: "helper",
        src: "task",
        input: ({ context }) => ({ of: context.result as number }),
        onDone: { target: "satisfied", actions: assign({ result: ({ event }) => event.output }) },
        onError: { target: "disappointed", actions: assign({ result: ({ event }) => event.error }) },
      },
      on: { LostPatience: "disappointed", Prodded: { actions: sendTo("helper", { type: "Nudged" }) } },
    },
    satisfied: {},
    disappointed: {},
  },
});

export const boss: ActorDefinition = {
  type: "boss",
  machine: bossMachine,
  version: "1",
  created: "Appointed",
  events: {
    Appointed: { by: "client", schema: z.strictObject({ of: z.union([z.number(), z.string()]) }) },
    Begun: { by: "internal", schema: z.strictObject({}) },
    Ouch: { by: "internal", schema: z.strictObject({}) },
    Prodded: nothing,
    LostPatience: nothing,
  },
  children: { task: "task" },
};
