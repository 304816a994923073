/** The README's machine, and what makes it durable. test/readme.test.ts holds the README to these very lines. */
import { assign, fromPromise, setup } from "xstate";
import { z } from "zod";
import { defineActor } from "../../src/runtime/definition.ts";

type Decision = { type: "ExpenseApproved"; by: string } | { type: "ExpenseRejected"; by: string };

export const expenseMachine = setup({
  types: {
    context: {} as { amount: string; decidedBy: string | null },
    events: {} as Decision,
    input: {} as { amount: string },
  },
  actors: { payOut: fromPromise<void, { amount: string }>(async () => {}) },
  actions: { noteWho: assign({ decidedBy: ({ event }) => event.by }) },
  delays: { patience: 7 * 24 * 60 * 60 * 1_000 },
}).createMachine({
  context: ({ input }) => ({ amount: input.amount, decidedBy: null }),
  initial: "submitted",
  states: {
    submitted: {
      on: {
        ExpenseApproved: { target: "paying", actions: "noteWho" },
        ExpenseRejected: { target: "rejected", actions: "noteWho" },
      },
      after: { patience: "expired" },
    },
    paying: { invoke: { src: "payOut", input: ({ context }) => context, onDone: "paid", onError: "needsSomebody" } },
    needsSomebody: { on: { ExpenseApproved: "paying" } },
    paid: { type: "final" },
    rejected: { type: "final" },
    expired: { type: "final" },
  },
});

const decision = z.strictObject({ by: z.string().min(1) });

export function expenseActor(bank: { payOut(amount: string, key: string): Promise<void> }) {
  return defineActor({
    type: "expense",
    machine: expenseMachine,
    version: "1",
    created: "ExpenseSubmitted",
    events: {
      ExpenseSubmitted: { by: "client", schema: z.strictObject({ amount: z.string().regex(/^\d+$/) }) },
      ExpenseApproved: { by: "operator", schema: decision },
      ExpenseRejected: { by: "operator", schema: decision },
    },
    activities: { payOut: { run: ({ amount }, { key }) => bank.payOut(amount, key) } },
  });
}
