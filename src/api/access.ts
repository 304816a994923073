/** Who may do what, for all doors: each asks here, with the name of the operation, and decides nothing itself. */
import type { Clock } from "../kernel/clock.ts";
import { StatewrightError } from "../kernel/errors.ts";
import type { TaskOffice } from "../messaging/task-queues.ts";
import type { ActorPast, ActorSystem } from "../runtime/receipt.ts";
import type { OrderFilter } from "../shop/orders/list-orders.ts";
import type { Order } from "../shop/orders/order.ts";
import { CUSTOMERS_REQUESTS } from "../shop/orders/order-states.ts";
import { type Authenticator, type Credentials, secretIn } from "./access/credentials.ts";
import type { AuditTrail } from "./access/audit.ts";
import { type Guard, guardedPast, guardedSystem } from "./access/guarded-system.ts";
import { headersOf, RequestLimit, StreamLimit } from "./access/limits.ts";
import { actingFor, currentPrincipal, type Principal, ranksBelow } from "./access/principal.ts";
import { isCustomersOwn, roleFor } from "./access/rules.ts";

export interface AccessOptions {
  readonly authenticator: Authenticator;
  /** Requests a second that each principal may send. */
  readonly requestsPerSecond: number;
  readonly clock: Clock;
  readonly audit: AuditTrail;
}

export interface Access {
  /**
   * Who sends a request, once it may be sent. Undefined: the operation is anybody's.
   * @param operation as `access/rules.ts` names it; undefined: there is none such
   * @param tell is given the headers for whatever is answered: what is left to the caller
   * @throws StatewrightError `UNAUTHENTICATED`, `FORBIDDEN`, `RATE_LIMITED`, `UNAVAILABLE`
   */
  admit(
    operation: string | undefined,
    credentials: Credentials,
    tell?: (headers: Readonly<Record<string, string>>) => void,
  ): Promise<Principal | undefined>;
  /** Does the work in that name. */
  actingFor<Result>(principal: Principal, work: () => Result): Result;
  /** For operations that are only known within a request. @throws StatewrightError `FORBIDDEN` */
  requireRoleFor(operation: string): void;
  /** The filter for the orders that whoever acts now may see. @throws StatewrightError `NOT_FOUND` for others' */
  ordersInSight(filter: OrderFilter): OrderFilter;
  /** The order with no more offered than is for whoever acts now. */
  offered(order: Order): Order;
  /** Actors of that type are shown as such. @throws StatewrightError `NOT_FOUND` to customers, for the shop's own */
  requireActorInSight(type: string): void;
  /** What doors are given of the actors: each caller's part of them. */
  guarded<Parts extends Actors>(parts: Parts): Parts & { readonly access: Access };
  guardedOffice(office: TaskOffice): TaskOffice;
}

interface Actors {
  readonly system: ActorSystem;
  readonly past: ActorPast;
}

/** Each holds an actor's mailbox and a place among the node's subscriptions. */
const STREAMS_AT_ONCE = 100;

export function createAccess({ authenticator, requestsPerSecond, clock, audit }: AccessOptions): Access {
  const requests = new RequestLimit(requestsPerSecond, clock);
  const guard: Guard = { principal: requirePrincipal, streams: new StreamLimit(STREAMS_AT_ONCE), audit };
  /** Whose things a customer sees, if it is one who acts now. */
  const ownCustomerId = () => {
    const { role, customerId = "" } = requirePrincipal();
    return role === "customer" ? customerId : undefined;
  };
  const requireRole = (principal: Principal, operation: string) => requireRank(principal, operation, audit);
  const access: Access = {
    async admit(operation, credentials, tell) {
      if (operation !== undefined && roleFor(operation) === undefined) return undefined;
      const principal = await identify(authenticator, credentials).catch((thrown: unknown) => {
        audit.denied({ principal: undefined, operation, code: StatewrightError.from(thrown).code });
        throw thrown;
      });
      requests.take(principal.id, (allowance) => tell?.(headersOf(allowance)));
      if (operation !== undefined) requireRole(principal, operation);
      return principal;
    },
    actingFor,
    requireRoleFor: (operation) => requireRole(requirePrincipal(), operation),
    ordersInSight(filter) {
      const own = ownCustomerId();
      if (own === undefined) return filter;
      if (filter.customerId !== undefined && filter.customerId !== own) {
        throw new StatewrightError("NOT_FOUND", "There is no such customer");
      }
      return { ...filter, customerId: own };
    },
    offered(order) {
      if (ownCustomerId() === undefined) return order;
      return { ...order, offers: order.offers.filter((offer) => CUSTOMERS_REQUESTS.includes(offer)) };
    },
    requireActorInSight(type) {
      if (ownCustomerId() === undefined || isCustomersOwn(type)) return;
      throw new StatewrightError("NOT_FOUND", `There is no such ${type}`);
    },
    guarded(parts) {
      const system = guardedSystem(parts.system, guard);
      return { ...parts, system, past: guardedPast(parts.past, system, guard), access };
    },
    guardedOffice: (office) => guardedOffice(office, guard),
  };
  return access;
}

async function identify(authenticator: Authenticator, credentials: Credentials): Promise<Principal> {
  return await authenticator.principalOf(secretIn(credentials));
}

/** @throws StatewrightError `FORBIDDEN` */
function requireRank(principal: Principal, operation: string, audit: AuditTrail): void {
  const least = roleFor(operation);
  if (least === undefined || !ranksBelow(principal.role, least)) return;
  audit.denied({ principal, operation, code: "FORBIDDEN" });
  throw new StatewrightError("FORBIDDEN", `This takes the role ${least}; the caller's is ${principal.role}`);
}

/** Nothing is open to whoever a door has forgotten to ask. */
function requirePrincipal(): Principal {
  const principal = currentPrincipal();
  if (principal === undefined) throw new StatewrightError("INTERNAL", "A door has not said who calls");
  return principal;
}

/** What is done to dead tasks is on the record. */
function guardedOffice(office: TaskOffice, { principal, audit }: Guard): TaskOffice {
  const recorded = (action: "redrive" | "dismiss") => async (queue: string, number: number): Promise<boolean> =>
    await audit.recorded(
      { principal: principal(), action, target: `queues/${queue}/dead-letters/${number}` },
      () => office[action](queue, number),
      (isDone) => isDone ? "done" : "there is none such",
    );
  return {
    stats: () => office.stats(),
    dead: (queue, page) => office.dead(queue, page),
    redrive: recorded("redrive"),
    dismiss: recorded("dismiss"),
  };
}
