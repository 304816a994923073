/** A ticket in two versions: the second counts, knows an event more, waits longer, and has no drawer any more. */
import { assign, fromPromise, setup } from "xstate";
import { z } from "zod";
import type { Activity, ActorDefinition, EventDeclaration, MachineVersion } from "../../src/runtime/definition.ts";

const nothing: EventDeclaration = { by: "client", schema: z.strictObject({}) };
const actors = { repair: fromPromise<string>(() => Promise.reject(new Error("supply the activity"))) };

const one = setup({
  types: { context: {} as { id: string; note: string }, input: {} as { id: string } },
  actors,
}).createMachine({
  id: "ticket",
  context: ({ input: { id } }) => ({ id, note: "" }),
  initial: "open",
  states: {
    open: { on: { Assigned: "assigned", PutAway: "drawer", Noted: { actions: assign({ note: "one" }) } } },
    drawer: { on: { TakenOut: "open" } },
    assigned: { on: { Begun: "working", GivenBack: "open" }, after: { 60_000: "open" } },
    working: { invoke: { src: "repair", id: "repair", onDone: "done", onError: "open" } },
    done: { type: "final" },
  },
});

const two = setup({
  types: { context: {} as { id: string; notes: string[] }, input: {} as { id: string } },
  actors,
}).createMachine({
  id: "ticket",
  context: ({ input: { id } }) => ({ id, notes: [] }),
  initial: "open",
  on: { Escalated: { actions: assign({ notes: ({ context }) => [...context.notes, "escalated"] }) } },
  states: {
    open: {
      on: {
        Assigned: "assigned",
        Noted: { actions: assign({ notes: ({ context }) => [...context.notes, "two"] }) },
      },
    },
    assigned: { on: { Begun: "working", GivenBack: "open" }, after: { 90_000: "open" } },
    working: { invoke: { src: "repair", id: "repair", onDone: "checked", onError: "open" } },
    checked: { on: { Approved: "done" } },
    done: { type: "final" },
  },
});

const versionOne: MachineVersion = { version: "1", machine: one };
const versionTwo: MachineVersion = {
  version: "2",
  machine: two,
  adopt: ({ id, note }: { id: string; note: string }) => ({ id, notes: note === "" ? [] : [note] }),
};

function ticket(begun: MachineVersion, versions: readonly MachineVersion[], repair: Activity): ActorDefinition {
  return {
    type: "ticket",
    machine: begun.machine,
    version: begun.version,
    versions,
    created: "Opened",
    events: Object.fromEntries(
      ["Opened", "Assigned", "PutAway", "TakenOut", "Noted", "Begun", "GivenBack", "Escalated", "Approved"]
        .map((type) => [type, nothing]),
    ),
    activities: { repair },
  };
}

const repaired: Activity = { run: () => Promise.resolve("fine") };

/** Yesterday's release. */
export const ticketBefore = (repair = repaired) => ticket(versionOne, [versionOne], repair);
/** The new release. */
export const ticketAfter = (repair = repaired) => ticket(versionTwo, [versionOne, versionTwo], repair);
/** The new release, told to begin with the earlier machine again. */
export const ticketRolledBack = (repair = repaired) => ticket(versionOne, [versionOne, versionTwo], repair);
