/**
 * Who may do what: which operation is for whom, and whose an actor is. All doors are held against this one file, by the
 * names that their operations have there. What is named nowhere is for the shop's staff.
 */
import type { ActorRef } from "../../kernel/ids.ts";
import type { Role } from "./principal.ts";

/** Nobody has to say who they are to learn whether this lives, and how to talk to it. */
const FOR_ANYBODY: ReadonlySet<string> = new Set([
  "GET /livez",
  "GET /readyz",
  "GET /openapi.json",
  "GET /asyncapi.json",
  "GET /docs",
  "GET /problems",
  "GET /problems/{code}",
  "grpc.health.v1.Health/Check",
  "grpc.health.v1.Health/Watch",
  "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
  "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
]);

/** For customers too. Where it concerns an actor, only their own; see {@link belonging}. */
const FOR_CUSTOMERS: ReadonlySet<string> = new Set([
  "GET /v1/orders",
  "POST /v1/orders",
  "GET /v1/orders/{id}",
  "PATCH /v1/orders/{id}",
  "DELETE /v1/orders/{id}",
  "POST /v1/orders/{id}/cancel",
  "PATCH /v1/orders/{id}/status",
  "GET /v1/orders/{id}/events",
  "GET /v1/orders/{id}/stream",
  "GET /v1/orders/{id}/charge",
  "GET /v1/order-details/{id}",
  "GET /v1/products",
  "GET /v1/products/{id}",
  "GET /v1/products/{id}/recommendations",
  "GET /v1/customers/{id}",
  "PATCH /v1/customers/{id}",
  "GET /v1/customers/{id}/addresses",
  "GET /v1/customers/{id}/orders",
  "GET /v1/actors/{type}/{id}",
  "GET /v1/actors/{type}/{id}/events",
  "POST /v1/actors/{type}/{id}/events",
  "GET /v1/actors/{type}/{id}/stream",
  "shop.v1.OrderService/GetOrder",
  "shop.v1.OrderService/CreateOrder",
  "shop.v1.OrderService/ListOrders",
  "shop.v1.OrderService/UpdateOrder",
  "shop.v1.OrderService/CancelOrder",
  "shop.v1.OrderService/GetOrderDetails",
  "shop.v1.OrderService/WatchOrder",
  "shop.v1.OrderService/CreateOrders",
  "shop.v1.OrderService/OrderUpdates",
  "shop.v1.CatalogService/GetProduct",
  "shop.v1.CatalogService/ListProducts",
  "shop.v1.CustomerService/GetCustomer",
  "shop.v1.CustomerService/UpdateCustomer",
  "shop.v1.SupportService/Chat",
  "Query.node",
  "Query.nodes",
  "Query.order",
  "Query.orders",
  "Query.orderDetails",
  "Query.product",
  "Query.products",
  "Query.customer",
  "Query._entities",
  "Mutation.createOrder",
  "Mutation.cancelOrder",
  "Mutation.changeShippingAddress",
  "Mutation.updateCustomer",
  "Subscription.orderUpdated",
  "statewright.v1.ActorService/Propose",
  "statewright.v1.ActorService/GetActor",
  "statewright.v1.ActorService/ListEvents",
  "statewright.v1.ActorService/WatchActor",
]);

/** What concerns the machinery, and not the shop. */
const FOR_ADMINS: ReadonlySet<string> = new Set([
  "POST /v1/queues/{name}/dead-letters/redrive",
  "POST /v1/queues/{name}/dead-letters/{number}/redrive",
  "DELETE /v1/queues/{name}/dead-letters/{number}",
]);

/** The least role that an operation takes; undefined: anybody's. */
export function roleFor(operation: string): Role | undefined {
  if (FOR_ANYBODY.has(operation)) return undefined;
  if (FOR_CUSTOMERS.has(operation)) return "customer";
  return FOR_ADMINS.has(operation) ? "admin" : "operator";
}

/** Whose an actor is: a customer's, or as another actor. */
export type Belonging = { readonly customerId: string } | { readonly as: ActorRef };

type Fields = Readonly<Record<string, unknown>>;

const BELONGINGS = new Map<string, (id: string, fields: Fields) => Belonging>([
  ["customer", (id) => ({ customerId: id })],
  ["order", (_, { customerId }) => ({ customerId: String(customerId) })],
  ["payment", (id) => ({ as: { type: "order", id } })],
  ["conversation", (_, { orderId }) => ({ as: { type: "order", id: String(orderId) } })],
]);

/** Shown to every customer by the shop's own operations, but as actors they are the staff's. */
const ON_DISPLAY: ReadonlySet<string> = new Set(["product", "stock"]);

/**
 * Whose an actor is; undefined: nobody's but the shop's.
 * @param fields of its context, or of the event that is to create it
 */
export function belonging({ type, id }: ActorRef, fields: Fields): Belonging | undefined {
  return BELONGINGS.get(type)?.(id, fields);
}

/** True for actors that can be a customer's own. */
export function isCustomersOwn(type: string): boolean {
  return BELONGINGS.has(type);
}

export function isOnDisplay({ type }: ActorRef): boolean {
  return ON_DISPLAY.has(type);
}
