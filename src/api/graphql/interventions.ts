/** Orders that cannot go on by themselves: what operators look after. */
import { listInterventions } from "../../shop/orders/interventions.ts";
import { countOrdersWhere } from "../../shop/orders/list-orders.ts";
import type { Builder } from "./builder.ts";
import { connection, listArguments, tokenArgument } from "./lists.ts";

export function defineInterventions(builder: Builder): void {
  builder.objectType("Intervention", {
    fields: (t) => ({
      order: t.expose("order", { type: "Order" }),
      problem: t.exposeString("problem", { description: "Why it is stuck." }),
      reason: t.exposeString("reason", { nullable: true, description: "Why it was given up." }),
      obligations: t.field({
        type: "JSON",
        description: "What is still owed, in the order in which it is undone; the first is what it is stuck with.",
        resolve: ({ obligations }) => obligations,
      }),
      retries: t.exposeInt("retries", { description: "How often operators have had it tried again." }),
    }),
  });
  builder.queryField("interventions", (t) =>
    t.field({
      type: builder.connectionObject({ type: "Intervention", name: "InterventionConnection" }),
      description: "The newest orders first.",
      args: { ...listArguments(t.arg), consistencyToken: tokenArgument(t.arg) },
      async resolve(_, { consistencyToken, ...args }, context) {
        const { system, readModels, consistency } = context.dependencies;
        await consistency.caughtUp(consistencyToken ?? undefined);
        return await connection(context, args, {
          name: "interventions",
          page: (slice) => listInterventions(system, readModels, slice),
          count: () => countOrdersWhere(readModels, { status: "needsIntervention" }),
        });
      },
    }));
}
