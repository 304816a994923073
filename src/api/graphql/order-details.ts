/** One field for a screen: an order with all that belongs to it, each part with its own deadline. */
import { type DetailPart, detailSources, orderDetails } from "../../shop/orders/order-details.ts";
import type { Builder } from "./builder.ts";
import { counted } from "./context.ts";
import { plainId } from "./global-id.ts";
import { tokenArgument } from "./lists.ts";
import { type OrderTypes, valuesOf } from "./orders.ts";

/** What one part may take before the screen is shown without it. */
const PART_WITHIN_MS = 1_000;

const PARTS: readonly DetailPart[] = ["customer", "products", "payment"];

export function defineOrderDetails(builder: Builder, { status }: OrderTypes): void {
  const part = builder.enumType("OrderDetailPart", { values: valuesOf(PARTS) });
  builder.objectType("OrderCustomer", {
    fields: (t) => ({ name: t.exposeString("name"), email: t.exposeString("email") }),
  });
  builder.objectType("ProductDetail", {
    fields: (t) => ({
      id: t.exposeID("id"),
      name: t.exposeString("name", { nullable: true }),
      quantity: t.exposeInt("quantity"),
      unitPrice: t.expose("unitPrice", { type: "Money" }),
    }),
  });
  builder.objectType("OrderDetails", {
    description: "An order for a screen. What did not come in time is null, and named in `missing`.",
    fields: (t) => ({
      orderId: t.exposeID("orderId"),
      status: t.expose("status", { type: status }),
      customer: t.expose("customer", { type: "OrderCustomer", nullable: true }),
      products: t.field({
        type: ["ProductDetail"],
        resolve: ({ products }, _, context) => counted(context, products),
      }),
      payment: t.expose("payment", { type: "Payment", nullable: true }),
      total: t.expose("total", { type: "Money" }),
      missing: t.expose("missing", { type: [part] }),
    }),
  });
  builder.queryField("orderDetails", (t) =>
    t.field({
      type: "OrderDetails",
      nullable: true,
      args: { id: t.arg.id({ required: true }), consistencyToken: tokenArgument(t.arg) },
      async resolve(_, { id, consistencyToken }, { dependencies: { system, readModels, consistency, clock } }) {
        const orderId = plainId("Order", "id", id);
        await consistency.caughtUp(consistencyToken ?? undefined);
        return await orderDetails(detailSources(system, readModels), clock, orderId, PART_WITHIN_MS);
      },
    }));
}
