/** The shop's things as the proto files have them, and back. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Address as AddressMessage } from "../../../proto/gen/shop/v1/address_pb.ts";
import type { ProductSchema } from "../../../proto/gen/shop/v1/catalog_service_pb.ts";
import type { CustomerSchema } from "../../../proto/gen/shop/v1/customer_service_pb.ts";
import { type OrderSchema, OrderStatus as Status } from "../../../proto/gen/shop/v1/order_pb.ts";
import type { Product } from "../../shop/catalogue/product.ts";
import type { Address, Customer } from "../../shop/customers/customer.ts";
import type { Order } from "../../shop/orders/order.ts";

type OrderStatus = Order["status"];

const STATUS_OF: Readonly<Record<OrderStatus, Status>> = {
  pending: Status.PENDING,
  confirmed: Status.CONFIRMED,
  shipped: Status.SHIPPED,
  delivered: Status.DELIVERED,
  cancelling: Status.CANCELLING,
  cancelled: Status.CANCELLED,
  needsIntervention: Status.NEEDS_INTERVENTION,
};

export function statusMessage(status: OrderStatus | undefined): Status {
  return status === undefined ? Status.UNSPECIFIED : STATUS_OF[status];
}

/** Undefined for "unspecified". */
export function statusFrom(message: Status): OrderStatus | undefined {
  return (Object.keys(STATUS_OF) as OrderStatus[]).find((status) => STATUS_OF[status] === message);
}

export function orderMessage(order: Order): MessageInitShape<typeof OrderSchema> {
  const { id, customerId, items, total, state, shippingAddress, trackingNumber } = order;
  return {
    id,
    customerId,
    items: items.map(({ productId, quantity, unitPrice }) => ({ productId, quantity, unitPrice })),
    status: statusMessage(order.status),
    total,
    state,
    version: BigInt(order.version),
    createTime: timestampFromMs(order.createdAt),
    updateTime: timestampFromMs(order.updatedAt),
    allowedActions: [...order.offers],
    shippingAddress,
    ...(trackingNumber !== undefined && { trackingNumber }),
  };
}

export function productMessage(product: Product): MessageInitShape<typeof ProductSchema> {
  const { id, name, description, price, stock, version } = product;
  return { id, name, price, stock, version: BigInt(version), ...(description !== undefined && { description }) };
}

export function customerMessage(customer: Customer): MessageInitShape<typeof CustomerSchema> {
  const { id, name, email, username = "", bio, address, version, createdAt } = customer;
  return {
    id,
    username,
    email,
    name,
    version: BigInt(version),
    createTime: timestampFromMs(createdAt),
    ...(bio !== undefined && { bio }),
    ...(address !== undefined && { address }),
  };
}

export function addressFrom({ line1, city, postalCode, country }: AddressMessage): Address {
  return { line1, city, postalCode, country };
}
