/** Who sends a request, for all that is done on its way. */
import { AsyncLocalStorage } from "node:async_hooks";

/** From the least to the most: each may do what those before it may. */
export const ROLES = ["customer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

export interface Principal {
  /** Opaque, and the same each time: `key:<name>` or `sub:<subject>`. It stands in the log of events. */
  readonly id: string;
  readonly role: Role;
  /** Whose things a principal of the role customer sees. Without one it owns nothing. */
  readonly customerId?: string | undefined;
}

const callers = new AsyncLocalStorage<Principal>();

/** Does the work in somebody's name. */
export function actingFor<Result>(principal: Principal, work: () => Result): Result {
  return callers.run(principal, work);
}

/** In whose name this is done; undefined when nobody was asked. */
export function currentPrincipal(): Principal | undefined {
  return callers.getStore();
}

/** Calls what it is given in the name of whoever acts now, whenever that is: for streams, which are read later. */
export function inThisName(): <Result>(work: () => Result) => Result {
  return AsyncLocalStorage.snapshot();
}

export function ranksBelow(role: Role, other: Role): boolean {
  return ROLES.indexOf(role) < ROLES.indexOf(other);
}
