/** Customers: who orders. */
import { getCustomer } from "../../shop/customers/customer.ts";
import { countCustomers, listCustomers } from "../../shop/customers/list-customers.ts";
import type { Builder } from "./builder.ts";
import { counted } from "./context.ts";
import { plainId } from "./global-id.ts";
import { connection, firstArgument, limitOf, listArguments, tokenArgument } from "./lists.ts";
import { loadNode } from "./nodes.ts";

export function defineCustomers(builder: Builder): void {
  builder.node("Customer", {
    description: "Who orders.",
    id: { resolve: ({ id }) => id },
    loadOne: loadNode.Customer,
    fields: (t) => ({
      customerId: t.exposeID("id", { description: "The plain id, as the other doors have it." }),
      name: t.exposeString("name"),
      email: t.exposeString("email"),
      username: t.exposeString("username", { nullable: true }),
      bio: t.exposeString("bio", { nullable: true }),
      address: t.expose("address", { type: "Address", nullable: true }),
      orders: t.field({
        type: ["Order"],
        description: "The newest orders. `orders(customerId: …)` has all of them, page by page.",
        args: { first: firstArgument(t.arg) },
        resolve: async ({ id }, { first }, context) =>
          counted(context, await context.loaders.ordersOf.load({ customerId: id, limit: limitOf(first) })),
      }),
      version: t.exposeInt("version"),
      createdAt: t.expose("createdAt", { type: "DateTime" }),
      updatedAt: t.expose("updatedAt", { type: "DateTime" }),
    }),
  });
  builder.queryFields((t) => ({
    customer: t.field({
      type: "Customer",
      nullable: true,
      args: { id: t.arg.id({ required: true }), consistencyToken: tokenArgument(t.arg) },
      async resolve(_, { id, consistencyToken }, { dependencies: { system, consistency } }) {
        await consistency.caughtUp(consistencyToken ?? undefined);
        return await getCustomer(system, plainId("Customer", "id", id));
      },
    }),
    customers: t.field({
      type: builder.connectionObject({ type: "Customer", name: "CustomerConnection" }),
      description: "The longest registered first.",
      args: { ...listArguments(t.arg), consistencyToken: tokenArgument(t.arg) },
      async resolve(_, args, context) {
        const { consistency, readModels } = context.dependencies;
        await consistency.caughtUp(args.consistencyToken ?? undefined);
        return await connection(context, args, {
          name: "customers",
          page: (slice) => listCustomers(readModels, slice),
          count: () => countCustomers(readModels),
        });
      },
    }),
  }));
}
