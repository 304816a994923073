/** Machines that take whatever they are given, and some that fail on it. */
import { assign, raise, sendTo, setup } from "xstate";
import { z } from "zod";
import { actorRef } from "../../machines/actor-ref.ts";
import type { ActorDefinition, EventDeclaration, EventSchema } from "../../src/runtime/definition.ts";

const nothing: EventDeclaration = { by: "client", schema: z.strictObject({}) };
const anything: EventDeclaration = { by: "client", schema: z.any() };
const any: EventSchema = z.any();

/** Counts; each event has a schema of another kind, and some lead to what cannot be stored. */
export const glutton: ActorDefinition = {
  type: "glutton",
  machine: setup({
    types: {
      context: {} as { eaten: number },
      events: {} as { type: "Ate" | "Parsed" | "Awaited" | "Halved" | "Delayed" | "Looped" | "Belched" },
    },
    guards: {
      never: () => {
        throw new Error("no appetite");
      },
    },
  }).createMachine({
    id: "glutton",
    context: { eaten: 0 },
    initial: "hungry",
    on: {
      Ate: { actions: assign({ eaten: ({ context }) => context.eaten + 1 }) },
      Parsed: { actions: assign({ eaten: ({ context }) => context.eaten + 1 }) },
      Awaited: { actions: assign({ eaten: ({ context }) => context.eaten + 1 }) },
      // Cuts a character in two, and sends one half to a colleague.
      Halved: { actions: sendTo(() => actorRef("glutton", "other"), () => ({ type: "Ate", what: "😀".slice(0, 1) })) },
      // Beyond what a database's calendar knows.
      Delayed: { actions: raise({ type: "Ate" }, { id: "late", delay: 1e17 }) },
      Looped: { actions: raise({ type: "Looped" }) },
      Belched: { guard: "never", target: ".hungry" },
    },
    states: { hungry: {} },
  }),
  version: "1",
  created: "Sat",
  events: {
    Sat: anything,
    Ate: anything,
    Parsed: { by: "client", schema: z.strictObject({ amount: z.string().transform((text) => BigInt(text)) }) },
    Awaited: { by: "client", schema: z.strictObject({ amount: z.string().refine(async () => true) }) },
    Halved: nothing,
    Delayed: nothing,
    Looped: nothing,
    Belched: nothing,
  },
};

/** Fails while it comes to be: its context, or an `always` that never rests. */
export const stillborn: ActorDefinition = {
  type: "stillborn",
  machine: setup({ types: { context: {} as { kept: unknown }, input: {} as { how: string } } }).createMachine({
    id: "stillborn",
    context: ({ input }) => {
      if (input.how === "throws") throw new Error("nothing to live on");
      return { kept: input.how === "bigint" ? 1n : null };
    },
    initial: "born",
    states: {
      born: { always: { target: "again", guard: ({ context }) => context.kept === null } },
      again: { always: "born" },
    },
  }),
  version: "1",
  created: "Conceived",
  events: { Conceived: { by: "client", schema: any } },
};
