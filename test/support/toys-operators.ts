/** Small machines that somebody has to look after. */
import { assign, fromPromise, setup } from "xstate";
import { z } from "zod";
import type { ActorDefinition, EventDeclaration } from "../../src/runtime/definition.ts";
import { player } from "./toys.ts";

const nothing: EventDeclaration = { by: "client", schema: z.strictObject({}) };

/** `Dug` makes it; whoever `Fell` in never comes out: its state accepts nothing and is no end. */
export const pit: ActorDefinition = {
  type: "pit",
  machine: setup({ types: { events: {} as { type: "Fell" } | { type: "Called" }, context: {} as { voice: boolean } } })
    .createMachine({
      id: "pit",
      context: { voice: false },
      initial: "edge",
      states: {
        edge: { on: { Fell: "bottom" } },
        bottom: { on: { Called: { guard: ({ context }) => context.voice, target: "edge" } } },
      },
    }),
  version: "1",
  created: "Dug",
  events: { Dug: nothing, Fell: nothing, Called: nothing },
};

/** The pit of a later version, without the bottom in which actors lie. */
export const filledPit: ActorDefinition = {
  ...pit,
  machine: setup({ types: { events: {} as { type: "Fell" } } }).createMachine({
    id: "pit",
    initial: "edge",
    states: { edge: { on: { Fell: {} } } },
  }),
};

/** Its machine throws on the answer of its activity as long as it is told to. */
export function brittle(isBroken: () => boolean): ActorDefinition {
  const machine = setup({
    types: { context: {} as { answer: unknown } },
    actors: { toil: fromPromise(async (): Promise<unknown> => null) },
  }).createMachine({
    id: "brittle",
    context: { answer: null },
    initial: "working",
    states: {
      working: {
        invoke: {
          id: "toil",
          src: "toil",
          onDone: {
            target: "done",
            actions: assign({
              answer: ({ event }) => {
                if (isBroken()) throw new Error("not made for this answer");
                return event.output;
              },
            }),
          },
        },
      },
      done: { type: "final" },
    },
  });
  return {
    type: "brittle",
    machine,
    version: "1",
    created: "Fired",
    events: { Fired: nothing },
    activities: { toil: { run: async () => 42 } },
  };
}

/** The player, with an ear for what is `Shouted` at it. */
export const patientPlayer: ActorDefinition = {
  ...player,
  machine: setup({
    types: { context: {} as { heard: number }, events: {} as { type: "Insulted" } | { type: "Shouted" } },
  }).createMachine({
    id: "player",
    context: { heard: 0 },
    initial: "playing",
    on: { Shouted: { actions: assign({ heard: ({ context }) => context.heard + 1 }) } },
    states: { playing: {} },
  }),
  events: { ...player.events, Shouted: { by: "internal", schema: z.strictObject({}) } },
};
