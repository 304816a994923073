/** Customers: who orders. */
import { customerEvents, type CustomerRegistered } from "../../machines/customer/events.ts";
import type { CustomerContext } from "../../machines/customer/machine.ts";
import { StatewrightError } from "../kernel/errors.ts";
import { newId } from "../kernel/ids.ts";
import type { Accepted, ActorSystem, ProposalOptions } from "../runtime/receipt.ts";
import { requireAccepted } from "./refusals.ts";

/** What a client sends to register. */
export const newCustomerSchema = customerEvents.CustomerRegistered.schema;

export interface Customer {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** One customer. @throws StatewrightError `NOT_FOUND` */
export async function getCustomer(system: ActorSystem, id: string): Promise<Customer> {
  const snapshot = await system.actor("customer", id).snapshot();
  if (snapshot === undefined) throw new StatewrightError("NOT_FOUND", "There is no such customer");
  const { name, email } = snapshot.context as CustomerContext;
  return { id, name, email, createdAt: snapshot.createdAt };
}

/** @throws StatewrightError `IDEMPOTENCY_KEY_REUSED` when another request took the key meanwhile */
export async function registerCustomer(
  system: ActorSystem,
  customer: CustomerRegistered,
  options: { readonly customerId?: string; readonly requestKey?: NonNullable<ProposalOptions["requestKey"]> } = {},
): Promise<Accepted> {
  const event = { type: "CustomerRegistered", ...customer };
  const receipt = await system.actor("customer", options.customerId ?? newId()).propose(event, {
    by: "internal",
    ...(options.requestKey && { requestKey: options.requestKey }),
  });
  return requireAccepted(receipt);
}
