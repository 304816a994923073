/** The schema's builder, with the shapes behind its types. */
import SchemaBuilder from "@pothos/core";
import RelayPlugin from "@pothos/plugin-relay";
import type { StoredEvent } from "../../projection/projection.ts";
import type { CatalogueEntry, Stock } from "../../shop/catalogue/product.ts";
import type { Address, Customer } from "../../shop/customers/customer.ts";
import type { Intervention } from "../../shop/orders/interventions.ts";
import type { Order } from "../../shop/orders/order.ts";
import type { OrderDetails, PaymentDetail, ProductDetail } from "../../shop/orders/order-details.ts";
import type { OrderUpdate } from "../../shop/orders/watch-order.ts";
import type { GraphQLContext } from "./context.ts";
import { decodeGlobalId, encodeGlobalId } from "./global-id.ts";
import type { UserError } from "./user-errors.ts";

interface ShopTypes {
  Context: GraphQLContext;
  DefaultFieldNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    /** Milliseconds since the epoch. */
    DateTime: { Input: never; Output: number };
    JSON: { Input: never; Output: unknown };
    _Any: { Input: unknown; Output: never };
  };
  Objects: {
    Address: Address;
    Customer: Customer;
    Event: StoredEvent;
    Intervention: Intervention;
    Money: Order["total"];
    Order: Order;
    OrderCustomer: NonNullable<OrderDetails["customer"]>;
    OrderDetails: OrderDetails;
    OrderItem: Order["items"][number];
    OrderUpdate: OrderUpdate;
    Payment: PaymentDetail;
    /** A list has read what is on the shelf with it. */
    Product: CatalogueEntry & { readonly stock?: Stock };
    ProductDetail: ProductDetail;
    Stock: Stock;
    UserError: UserError;
  };
  Connection: { readonly count: () => Promise<number> };
}

export type Builder = ReturnType<typeof createBuilder>;

export type Types = Builder["$inferSchemaTypes"];

export function createBuilder() {
  return new SchemaBuilder<ShopTypes>({
    plugins: [RelayPlugin],
    defaultFieldNullability: false,
    relay: {
      clientMutationId: "optional",
      encodeGlobalID: encodeGlobalId,
      decodeGlobalID: decodeGlobalId,
      nodesQueryOptions: false,
      nodeQueryOptions: { description: "Anything that has a global id." },
      clientMutationIdInputOptions: {
        description:
          "A key for this request, made anew for each: the same request with the same key within 24 h is done once. 1 to 255 visible ASCII characters.",
      },
    },
  });
}
