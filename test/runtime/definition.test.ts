/** What the compiler says about definitions; `npm run types` is what runs most of this. */
import { fromPromise, setup } from "xstate";
import { expect, test } from "vitest";
import { z } from "zod";
import { defineActor } from "../../src/runtime/definition.ts";

const machine = setup({
  types: { context: {} as { amount: string }, events: {} as { type: "Paid"; receipt: string } },
  actors: {
    pay: fromPromise<number, { amount: string }>(async () => 0),
    helper: fromPromise(async () => {}),
  },
}).createMachine({ context: { amount: "1" } });

const rest = {
  type: "bill",
  machine,
  version: "1",
  created: "BillSent",
  events: { BillSent: { by: "client", schema: z.strictObject({}) } },
} as const;

test("an activity gets what its machine gives it and answers with what its machine expects", () => {
  const fits = [
    defineActor({ ...rest, activities: { pay: { run: async ({ amount }, { key }) => amount.length + key.length } } }),
    defineActor({
      ...rest,
      activities: {
        pay: { run: async ({ amount }) => ({ type: "Paid", receipt: amount }), answersWithEvent: true },
      },
      children: { helper: "helper" },
    }),
    defineActor({ ...rest, activities: { pay: { remote: true, retry: { attempts: 2 } }, helper: { remote: true } } }),
    // @ts-expect-error either here or elsewhere
    defineActor({ ...rest, activities: { pay: { remote: true, run: async () => 1 } } }),
    // @ts-expect-error the machine invokes no such actor
    defineActor({ ...rest, activities: { charge: { remote: true } } }),
    // @ts-expect-error the machine expects a number
    defineActor({ ...rest, activities: { pay: { run: async ({ amount }) => amount } } }),
    // @ts-expect-error the machine has no such event
    defineActor({ ...rest, activities: { pay: { run: async () => ({ type: "Lost" }), answersWithEvent: true } } }),
    // @ts-expect-error an event, but nobody says that it is one
    defineActor({ ...rest, activities: { pay: { run: async () => ({ type: "Paid", receipt: "" }) } } }),
    // @ts-expect-error the machine gives no such input
    defineActor({ ...rest, activities: { pay: { run: async ({ sum }) => sum } } }),
    // @ts-expect-error the machine invokes no such actor
    defineActor({ ...rest, activities: { charge: { run: async () => 1 } } }),
    // @ts-expect-error the machine has no such child
    defineActor({ ...rest, children: { halper: "helper" } }),
    // @ts-expect-error the type is missing
    defineActor({ ...rest, type: undefined }),
  ];
  expect(fits[0]).toMatchObject({ type: "bill", machine, activities: { pay: {} } });
});
