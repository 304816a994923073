/**
 * The actors as whoever acts now may see and change them. Staff see all, and what they do is on the record. To customers
 * others' actors do not exist, whatever they ask, and events of the staff's are not for them to propose.
 */
import { StatewrightError } from "../../kernel/errors.ts";
import { type ActorRef, streamOf } from "../../kernel/ids.ts";
import type { StoredEvent } from "../../projection/projection.ts";
import type {
  ActorHandle,
  ActorPast,
  ActorSnapshot,
  ActorSystem,
  Receipt,
  SubscriptionOptions,
} from "../../runtime/receipt.ts";
import type { AuditTrail } from "./audit.ts";
import type { StreamLimit } from "./limits.ts";
import type { Principal } from "./principal.ts";
import { belonging, isOnDisplay } from "./rules.ts";

export interface Guard {
  /** @throws StatewrightError `INTERNAL` when nobody acts: a door has forgotten to ask */
  principal(): Principal;
  readonly streams: StreamLimit;
  readonly audit: AuditTrail;
}

export function guardedSystem(system: ActorSystem, guard: Guard): ActorSystem {
  return {
    actor(type, id) {
      // Who acts now is asked once: a stream is read later, and by somebody else.
      const principal = guard.principal();
      const ref = { type, id };
      const seen = { guard, principal, ref, actor: system.actor(type, id) };
      return principal.role === "customer" ? forCustomer(system, seen) : forStaff(seen);
    },
  };
}

/** As {@link guardedSystem}: who does not see an actor does not see its past. */
export function guardedPast(past: ActorPast, guarded: ActorSystem, guard: Guard): ActorPast {
  return {
    async at(ref, version) {
      const now = await guarded.actor(ref.type, ref.id).snapshot();
      const then = now && await past.at(ref, version);
      return then && guard.principal().role === "customer" ? asCustomer(then) : then;
    },
  };
}

interface Seen {
  readonly guard: Guard;
  readonly principal: Principal;
  readonly ref: ActorRef;
  readonly actor: ActorHandle;
}

function forStaff({ guard, principal, ref, actor }: Seen): ActorHandle {
  return {
    snapshot: () => actor.snapshot(),
    events: (options) => actor.events(options),
    propose: (event, options) =>
      guard.audit.recorded(
        { principal, action: "propose", target: streamOf(ref), event: event.type, reason: reasonOf(event) },
        () => actor.propose(event, { ...options, principal: principal.id }),
        outcomeOf,
      ),
    subscribe: (options) => limited(guard, principal, options, () => actor.subscribe(options)),
  };
}

function reasonOf(event: object): unknown {
  return Object.getOwnPropertyDescriptor(event, "reason")?.value;
}

function outcomeOf(receipt: Receipt): string {
  return receipt.outcome === "refused" ? `refused: ${receipt.detail}` : `version ${receipt.version}`;
}

function forCustomer(system: ActorSystem, { guard, principal, ref, actor }: Seen): ActorHandle {
  const isOwn = async (snapshot?: ActorSnapshot) => {
    const known = snapshot ?? await actor.snapshot();
    return known !== undefined && await owns(system, principal, ref, known.context as object);
  };
  const requireOwn = async () => {
    if (!await isOwn()) throw noSuch(ref);
  };
  return {
    async snapshot() {
      const snapshot = await actor.snapshot();
      return snapshot && (isOnDisplay(ref) || await isOwn(snapshot)) ? asCustomer(snapshot) : undefined;
    },
    async events(options) {
      return await isOwn() ? await actor.events(options) : [];
    },
    async propose(event, options = {}) {
      const snapshot = await actor.snapshot();
      // What an event is to create is told by the event.
      if (!await owns(system, principal, ref, snapshot ? snapshot.context as object : event)) throw noSuch(ref);
      // What the shop's own code proposes in a customer's name stays its word.
      const by = options.by === "internal" ? "internal" : "client";
      const receipt = await actor.propose(event, { ...options, by, principal: principal.id });
      if (receipt.outcome !== "refused" || receipt.reason !== "notPublic") return receipt;
      // A refusal that the role alone is to blame for is told as such.
      guard.audit.denied({ principal, operation: event.type, code: "FORBIDDEN" });
      throw new StatewrightError("FORBIDDEN", `"${receipt.event}" is for the shop's staff to say`);
    },
    subscribe: (options) => limited(guard, principal, options, () => actor.subscribe(options), requireOwn),
  };
}

async function owns(system: ActorSystem, principal: Principal, ref: ActorRef, fields: object): Promise<boolean> {
  const whose = belonging(ref, fields as Readonly<Record<string, unknown>>);
  if (whose === undefined) return false;
  if ("customerId" in whose) return whose.customerId === principal.customerId;
  const other = await system.actor(whose.as.type, whose.as.id).snapshot();
  return other !== undefined && await owns(system, principal, whose.as, other.context as object);
}

function asCustomer(snapshot: ActorSnapshot): ActorSnapshot {
  return { ...snapshot, allowed: () => snapshot.allowed("client") };
}

function noSuch({ type }: ActorRef): StatewrightError {
  return new StatewrightError("NOT_FOUND", `There is no such ${type}`);
}

/** A subscription that counts as one of its caller's streams, from now until it ends, is left, or aborted. */
function limited(
  { streams }: Guard,
  { id }: Principal,
  { signal }: SubscriptionOptions = {},
  open: () => AsyncIterableIterator<StoredEvent>,
  check?: () => Promise<void>,
): AsyncIterableIterator<StoredEvent> {
  const close = streams.open(id);
  signal?.addEventListener("abort", close, { once: true });
  let events: AsyncIterableIterator<StoredEvent>;
  try {
    events = open();
  } catch (thrown) {
    close();
    throw thrown;
  }
  let checked = check?.();
  // Whoever takes the first event hears of it.
  checked?.catch(() => {});
  return {
    async next() {
      try {
        await checked;
        checked = undefined;
        const result = await events.next();
        if (result.done === true) close();
        return result;
      } catch (thrown) {
        close();
        throw thrown;
      }
    },
    async return(value?: unknown) {
      close();
      return await events.return?.(value) ?? { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
