/**
 * Small machines for what a statechart has beside states and events: `always`, parallel states, history, final states
 * with output. Their contexts hold no id, so that two actors with the same history have the same bytes.
 */
import { assign, setup } from "xstate";
import { z } from "zod";
import type { ActorDefinition, EventDeclaration } from "../../src/runtime/definition.ts";

const nothing: EventDeclaration = { by: "client", schema: z.strictObject({}) };

/** `level ⇄ tipped`: tips over by itself at 10 and comes back by itself below. */
const scalesMachine = setup({
  types: { context: {} as { load: number; tips: number }, events: {} as { type: "Loaded"; by: number } },
}).createMachine({
  id: "scales",
  context: { load: 0, tips: 0 },
  initial: "level",
  on: { Loaded: { actions: assign({ load: ({ context, event }) => context.load + event.by }) } },
  states: {
    level: { always: { guard: ({ context }) => context.load >= 10, target: "tipped" } },
    tipped: {
      entry: assign({ tips: ({ context }) => context.tips + 1 }),
      always: { guard: ({ context }) => context.load < 10, target: "level" },
    },
  },
});

export const scales: ActorDefinition = {
  type: "scales",
  machine: scalesMachine,
  version: "1",
  created: "Hung",
  events: { Hung: nothing, Loaded: { by: "client", schema: z.strictObject({ by: z.int() }) } },
};

/** A lamp beside a drawer that has an inside; done with both, the desk is `tidy`. */
const deskMachine = setup({
  types: {
    events: {} as { type: "LampSwitched" } | { type: "DrawerPulled" } | { type: "DrawerFilled" } | { type: "Locked" },
  },
}).createMachine({
  id: "desk",
  initial: "used",
  states: {
    used: {
      type: "parallel",
      onDone: "tidy",
      states: {
        lamp: {
          initial: "off",
          states: {
            off: { on: { LampSwitched: "on", Locked: "unplugged" } },
            on: { on: { LampSwitched: "off" } },
            unplugged: { type: "final" },
          },
        },
        drawer: {
          initial: "shut",
          states: {
            shut: { on: { DrawerPulled: "open", Locked: "locked" } },
            open: {
              initial: "empty",
              on: { DrawerPulled: "shut" },
              states: { empty: { on: { DrawerFilled: "full" } }, full: {} },
            },
            locked: { type: "final" },
          },
        },
      },
    },
    tidy: { type: "final" },
  },
});

export const desk: ActorDefinition = {
  type: "desk",
  machine: deskMachine,
  version: "1",
  created: "Bought",
  events: { Bought: nothing, LampSwitched: nothing, DrawerPulled: nothing, DrawerFilled: nothing, Locked: nothing },
};

/** Comes back to the source it played last (`SwitchedOn`), or to the very station or track (`Continued`). */
const radioMachine = setup({
  types: {
    events: {} as
      | { type: "SwitchedOn" }
      | { type: "Continued" }
      | { type: "SwitchedOff" }
      | { type: "TapeInserted" }
      | { type: "Skipped" },
  },
}).createMachine({
  id: "radio",
  initial: "off",
  states: {
    off: { on: { SwitchedOn: "on.lastSource", Continued: "on.lastPlace" } },
    on: {
      initial: "tuner",
      on: { SwitchedOff: "off" },
      states: {
        lastSource: { type: "history" },
        lastPlace: { type: "history", history: "deep" },
        tuner: {
          initial: "news",
          on: { TapeInserted: "tape" },
          states: { news: { on: { Skipped: "music" } }, music: { on: { Skipped: "news" } } },
        },
        tape: { initial: "first", states: { first: { on: { Skipped: "second" } }, second: {} } },
      },
    },
  },
});

export const radio: ActorDefinition = {
  type: "radio",
  machine: radioMachine,
  version: "1",
  created: "Unpacked",
  events: {
    Unpacked: nothing,
    SwitchedOn: nothing,
    Continued: nothing,
    SwitchedOff: nothing,
    TapeInserted: nothing,
    Skipped: nothing,
  },
};

/** Writing ends with the points as its output, which the marking takes over; the whole ends with its own output. */
const examMachine = setup({
  types: {
    context: {} as { points: number; mark: number },
    events: {} as { type: "Answered"; points: number } | { type: "Marked" },
    output: {} as { mark: number },
  },
}).createMachine({
  id: "exam",
  context: { points: 0, mark: 0 },
  initial: "writing",
  output: ({ context }) => ({ mark: context.mark }),
  states: {
    writing: {
      initial: "first",
      onDone: { target: "marking", actions: assign({ mark: ({ event }) => (event.output as number) * 2 }) },
      states: {
        first: {
          on: {
            Answered: {
              target: "second",
              actions: assign({ points: ({ context, event }) => context.points + event.points }),
            },
          },
        },
        second: {
          on: {
            Answered: {
              target: "handedIn",
              actions: assign({ points: ({ context, event }) => context.points + event.points }),
            },
          },
        },
        handedIn: { type: "final", output: ({ context }) => context.points },
      },
    },
    marking: { on: { Marked: "over" } },
    over: { type: "final" },
  },
});

export const exam: ActorDefinition = {
  type: "exam",
  machine: examMachine,
  version: "1",
  created: "Begun",
  events: {
    Begun: nothing,
    Answered: { by: "client", schema: z.strictObject({ points: z.int() }) },
    Marked: nothing,
  },
};

export const statecharts: readonly ActorDefinition[] = [scales, desk, radio, exam];
