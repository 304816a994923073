/** A lamp that cannot be durable, for five reasons. Registering it says which. */
import { defineActor } from "statewright";
import { createMachine, fromPromise } from "xstate";
import { z } from "zod";

const lamp = createMachine({
  id: "lamp",
  initial: "off",
  states: {
    off: { on: { SwitchedOn: { target: "on", guard: "isDark", actions: "ringTheBell" } } },
    on: {
      invoke: [
        { src: "watchBulb", systemId: "watcher" },
        { src: fromPromise(async () => "inline") },
      ],
    },
  },
}, {
  actions: { ringTheBell: () => console.log("ding") },
  actors: { watchBulb: fromPromise(async () => "broken") },
});

export const lampActor = defineActor({
  type: "lamp",
  machine: lamp,
  version: "1",
  created: "LampInstalled",
  events: {
    LampInstalled: { by: "operator", schema: z.strictObject({}) },
    SwitchedOn: { by: "client", schema: z.strictObject({}) },
  },
});
