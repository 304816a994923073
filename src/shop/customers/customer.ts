/** Customers: who orders. */
import type { z } from "zod";
import { type CustomerChanged, customerEvents } from "../../../machines/customer/events.ts";
import type { CustomerContext } from "../../../machines/customer/machine.ts";
import type { ShippingAddress } from "../../../machines/order/events.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import type { Accepted, ActorSystem } from "../../runtime/receipt.ts";
import { propose, type WriteOptions } from "../propose.ts";

/** What a client sends to register. Who gives no name is called by the user name. */
export const newCustomerSchema = customerEvents.CustomerRegistered.schema.partial({ name: true })
  .refine(({ name, username }) => (name ?? username) !== undefined, { path: ["name"], error: "a name or a username" });
export const changedCustomerSchema = customerEvents.CustomerChanged.schema;

export type NewCustomer = z.infer<typeof newCustomerSchema>;
export type Address = ShippingAddress;

export interface Customer {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** Not unique: a name to be shown, no account. */
  readonly username?: string;
  readonly bio?: string;
  readonly address?: Address;
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** One customer. @throws StatewrightError `NOT_FOUND` */
export async function getCustomer(system: ActorSystem, id: string): Promise<Customer> {
  const snapshot = await system.actor("customer", id).snapshot();
  if (snapshot === undefined) throw new StatewrightError("NOT_FOUND", "There is no such customer");
  const { name, email, username, bio, address } = snapshot.context as CustomerContext;
  const { version, createdAt, updatedAt } = snapshot;
  return {
    id,
    name,
    email,
    ...(username && { username }),
    ...(bio && { bio }),
    ...(address && { address }),
    version,
    createdAt,
    updatedAt,
  };
}

/** Registers a customer; answers once the first event is committed. */
export function registerCustomer(
  system: ActorSystem,
  customer: NewCustomer,
  { customerId = newId(), ...options }: Omit<WriteOptions, "by"> & { readonly customerId?: string } = {},
): Promise<Accepted> {
  const event = { type: "CustomerRegistered", ...customer, name: customer.name ?? customer.username };
  return propose(system, { type: "customer", id: customerId }, event, { ...options, by: "internal" });
}

/** Changes what is named; null takes away. @throws StatewrightError `NOT_FOUND`, `VERSION_CONFLICT` */
export function updateCustomer(
  system: ActorSystem,
  id: string,
  changes: CustomerChanged,
  options?: WriteOptions,
): Promise<Accepted> {
  return propose(system, { type: "customer", id }, { type: "CustomerChanged", ...changes }, options);
}
