/** Orders: with their customer, products, payment and events. */
import { ORDER_REQUESTS, type OrderRequest, orderStatusSchema } from "../../shop/orders/order-states.ts";
import { actorEvents } from "../../shop/actor-events.ts";
import { getOrder, orderAt } from "../../shop/orders/order.ts";
import { ordersInSight } from "../orders-in-sight.ts";
import type { Builder } from "./builder.ts";
import { counted } from "./context.ts";
import { plainId } from "./global-id.ts";
import { connection, listArguments, tokenArgument } from "./lists.ts";
import { loadNode } from "./nodes.ts";

export type OrderTypes = ReturnType<typeof defineOrders>;

export function defineOrders(builder: Builder) {
  const status = builder.enumType("OrderStatus", { values: valuesOf(orderStatusSchema.options) });
  defineParts(builder);
  defineHistory(builder);
  const action = builder.enumType("OrderAction", {
    description: "What may be asked of an order; each is a mutation.",
    values: valuesOf(Object.keys(ORDER_REQUESTS) as OrderRequest[]),
  });
  builder.node("Order", {
    description: "An order, which sees to its own stock and payment.",
    id: { resolve: ({ id }) => id },
    loadOne: loadNode.Order,
    fields: (t) => ({
      orderId: t.exposeID("id", { description: "The plain id, as the other doors have it." }),
      customer: t.field({
        type: "Customer",
        resolve: ({ customerId }, _, { loaders }) => loaders.customer.load(customerId),
      }),
      items: t.field({ type: ["OrderItem"], resolve: ({ items }, _, context) => counted(context, items) }),
      total: t.expose("total", { type: "Money" }),
      status: t.expose("status", { type: status }),
      state: t.exposeString("state", { description: "The machine's path." }),
      shippingAddress: t.expose("shippingAddress", { type: "Address" }),
      trackingNumber: t.exposeString("trackingNumber", { nullable: true }),
      payment: t.field({
        type: "Payment",
        nullable: true,
        description: "Null while there is nothing to pay.",
        resolve: ({ id }, _, { loaders }) => loaders.payment.load(id),
      }),
      allowedActions: t.field({
        type: [action],
        description: "What its machine accepts now.",
        resolve: (order, _, { dependencies: { access } }) => (access?.offered(order) ?? order).offers,
      }),
      version: t.exposeInt("version"),
      createdAt: t.expose("createdAt", { type: "DateTime" }),
      updatedAt: t.expose("updatedAt", { type: "DateTime" }),
    }),
  });
  return { status };
}

function defineHistory(builder: Builder): void {
  builder.objectField("Order", "events", (t) =>
    t.field({
      type: builder.connectionObject({ type: "Event", name: "EventConnection" }),
      description: "Its history, the first event first.",
      args: listArguments(t.arg),
      resolve: ({ id, version }, args, context) =>
        connection(context, args, {
          name: `orders/${id}/events`,
          page: (slice) => actorEvents(context.dependencies.system, { type: "order", id }, slice),
          count: () => Promise.resolve(version),
        }),
    }));
}

function defineParts(builder: Builder): void {
  builder.objectType("OrderItem", {
    fields: (t) => ({
      productId: t.exposeID("productId"),
      product: t.field({
        type: "Product",
        nullable: true,
        resolve: ({ productId }, _, { loaders }) => loaders.product.load(productId),
      }),
      quantity: t.exposeInt("quantity"),
      unitPrice: t.expose("unitPrice", { type: "Money", description: "What it cost when it was ordered." }),
    }),
  });
  builder.objectType("Payment", {
    fields: (t) => ({
      status: t.exposeString("status", { description: "The payment machine's state: `captured`, `declined` …" }),
      amount: t.expose("amount", { type: "Money" }),
    }),
  });
}

export function defineOrderQueries(builder: Builder, { status }: OrderTypes): void {
  builder.queryFields((t) => ({
    order: t.field({
      type: "Order",
      nullable: true,
      args: {
        id: t.arg.id({ required: true }),
        atVersion: t.arg.int({ description: "As it stood right after this version." }),
        consistencyToken: tokenArgument(t.arg),
      },
      async resolve(_, { id, atVersion, consistencyToken }, { dependencies: { consistency, past, system } }) {
        const orderId = plainId("Order", "id", id);
        await consistency.caughtUp(consistencyToken ?? undefined);
        return await (typeof atVersion === "number" ? orderAt(past, orderId, atVersion) : getOrder(system, orderId));
      },
    }),
    orders: t.field({
      type: builder.connectionObject({ type: "Order", name: "OrderConnection" }),
      description: "The newest first.",
      args: {
        ...listArguments(t.arg),
        status: t.arg({ type: status }),
        customerId: t.arg.id(),
        consistencyToken: tokenArgument(t.arg),
      },
      async resolve(_, { status, customerId, consistencyToken, ...args }, context) {
        const { dependencies } = context;
        const list = ordersInSight(dependencies, {
          status: status ?? undefined,
          customerId: typeof customerId === "string" ? plainId("Customer", "customerId", customerId) : undefined,
        });
        await dependencies.consistency.caughtUp(consistencyToken ?? undefined);
        return await connection(context, args, list);
      },
    }),
  }));
}

/** `needsIntervention` is `NEEDS_INTERVENTION` here. */
export function valuesOf<Name extends string>(names: readonly Name[]): Record<string, { readonly value: Name }> {
  return Object.fromEntries(
    names.map((value) => [value.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(), { value }]),
  );
}
