/** Orders placed, and what may be asked of one: a mutation proposes an event, and the machine decides. */
import type { InputFieldBuilder, InputFieldMap } from "@pothos/core";
import { getOrder, requestOfOrder } from "../../shop/orders/order.ts";
import { ORDER_REQUEST_SCHEMAS, type OrderRequest } from "../../shop/orders/order-states.ts";
import { cartSchema, placeOrder } from "../../shop/orders/place-order.ts";
import { validate } from "../validation.ts";
import type { Builder, Types } from "./builder.ts";
import { plainId, plainIfGlobal } from "./global-id.ts";
import { type Outcome, outcomeFields, versionField, withoutNulls, write } from "./mutations.ts";
import type { Inputs } from "./shared-types.ts";

type InputFields = InputFieldBuilder<Types, "InputObject">;

export function defineOrderMutations(builder: Builder, { address }: Inputs): void {
  const item = builder.inputType("OrderItemInput", {
    fields: (t) => ({ productId: t.id({ required: true }), quantity: t.int({ required: true }) }),
  });
  builder.relayMutationField("createOrder", {
    inputFields: (t) => ({
      customerId: t.id({ required: true }),
      items: t.field({ type: [item], required: true }),
      shippingAddress: t.field({ type: address, required: true }),
    }),
  }, {
    description: "Places an order, with the catalogue's prices of this moment.",
    resolve: (_, { input }, context) =>
      write(context, "createOrder", input, (options) => {
        const { customerId, items, shippingAddress } = input;
        const cart = validate(cartSchema, {
          customerId: plainIfGlobal("Customer", customerId),
          items: items.map(({ productId, quantity }) => ({
            productId: plainIfGlobal("Product", productId),
            quantity,
          })),
          shippingAddress,
        });
        return placeOrder(context.dependencies.system, cart, options);
      }),
  }, { outputFields: orderPayload });

  defineRequest(builder, "cancelOrder", "cancel", "Asks for its cancellation; what was done is undone.", (t) => ({
    reason: t.string(),
  }));
  defineRequest(builder, "shipOrder", "ship", "It has left.", (t) => ({ trackingNumber: t.string() }));
  defineRequest(builder, "deliverOrder", "deliver", "It has arrived.", () => ({}));
  defineRequest(builder, "changeShippingAddress", "changeShippingAddress", "Until it has left.", (t) => ({
    shippingAddress: t.field({ type: address, required: true }),
  }));
  const reason = (t: InputFields) => ({ reason: t.string({ required: true }) });
  defineRequest(builder, "retryCompensation", "retry", "For operators: what is stuck is tried again.", reason);
  defineRequest(builder, "skipCompensation", "skip", "For operators: what is stuck was seen to by hand.", reason);
  defineRequest(builder, "resolveIntervention", "resolve", "For operators: all of it was seen to by hand.", reason);
}

/** A mutation that asks something of an order. */
function defineRequest(
  builder: Builder,
  name: string,
  request: OrderRequest,
  description: string,
  details: (t: InputFields) => InputFieldMap,
): void {
  builder.relayMutationField(name, {
    inputFields: (t) => ({ ...details(t), orderId: t.id({ required: true }), expectedVersion: versionField(t) }),
  }, {
    description,
    resolve: (_, { input }, context) =>
      write(context, name, input, (options) => {
        const { orderId, expectedVersion: _expected, clientMutationId: _key, ...given } = input;
        const fields = validate(ORDER_REQUEST_SCHEMAS[request], withoutNulls(given));
        return requestOfOrder(
          context.dependencies.system,
          plainId("Order", "orderId", orderId),
          request,
          fields,
          options,
        );
      }),
  }, { outputFields: orderPayload });
}

function orderPayload(t: PothosSchemaTypes.ObjectFieldBuilder<Types, Outcome>) {
  return {
    order: t.field({
      type: "Order",
      nullable: true,
      resolve: ({ id }, _, { dependencies }) => id === undefined ? null : getOrder(dependencies.system, id),
    }),
    ...outcomeFields(t),
  };
}
