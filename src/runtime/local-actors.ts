/** Answers what is asked of an actor, by the one in this node's memory. */
import type { ActorRef } from "../kernel/ids.ts";
import type { EventLog } from "../store/store.ts";
import { allowedEvents, type Outcome } from "./acceptance.ts";
import type { Actor } from "./actor.ts";
import type { ActorRequestHandlers } from "./actor-requests.ts";
import type { OpenMessage } from "./delivery.ts";
import type { ActivityAttempts, RetryAnswer } from "./operations.ts";
import type { ActorSnapshot, Receipt, RefusalReason, Refused } from "./receipt.ts";
import type { Residents } from "./residents.ts";
import { wasRecorded } from "./settlement.ts";

export interface LocalActorsHost {
  readonly residents: Residents;
  readonly log: EventLog;
  readonly activities: {
    attemptsOf(ref: ActorRef, effectId: string): ActivityAttempts | undefined;
    /** @param actor as the log has it now */
    retry(actor: Actor, effectId: string): Promise<RetryAnswer["outcome"]>;
  };
  /** True while other nodes may write actors that are in this node's memory. */
  isShared(): boolean;
}

/** Why a proposal is refused whatever state its actor is in. */
const FAULTS: ReadonlySet<RefusalReason> = new Set(["undeclared", "notPublic", "invalid"]);

const dependsOnState = (receipt: Receipt) => receipt.outcome === "refused" && !FAULTS.has(receipt.reason);
const isFalse = (answer: boolean) => !answer;

export function localActors({ residents, log, activities, isShared }: LocalActorsHost): ActorRequestHandlers {
  const mayBeOutdated = (ref: ActorRef) => isShared() || residents.isOutdated(ref);

  /**
   * A no must not come from a memory that is no longer so: it is said again by what the log has. Also by a node that
   * takes itself for the only one: another may have joined, and written, of which it has not heard yet.
   */
  async function sure<Answer>(
    ref: ActorRef,
    first: Promise<Answer>,
    isNo: (answer: Answer) => boolean,
    again: (actor: Actor) => Promise<Answer>,
  ): Promise<Answer> {
    const answer = await first;
    return isNo(answer) ? again(await residents.fresh(ref)) : answer;
  }

  return {
    propose(to, { proposal, sentAt }) {
      const receipt = residents.get(to, proposal.event.type).propose(proposal, sentAt);
      return sure(to, receipt, dependsOnState, (actor) => actor.propose(proposal, sentAt));
    },
    settle(to, { outcome }) {
      return sure(to, residents.get(to).settle(outcome), isFalse, (actor) => actor.settle(outcome));
    },
    stop(to, { causationId, correlationId }) {
      const stop = (actor: Actor) => actor.stopByParent(causationId, correlationId);
      return sure(to, stop(residents.get(to)), isFalse, stop);
    },
    async refused(to, { message, receipt }) {
      return offerRefusal(await residents.fresh(to), log, message, receipt);
    },
    async attempts(to, { effects }) {
      return Object.fromEntries(effects.flatMap((effectId) => {
        const attempts = activities.attemptsOf(to, effectId);
        return attempts ? [[effectId, attempts] as const] : [];
      }));
    },
    async retry(to, { effectId }) {
      return activities.retry(await current(to), effectId);
    },
    async look(to) {
      return lookAt(await current(to));
    },
  };

  function current(ref: ActorRef): Actor | Promise<Actor> {
    return mayBeOutdated(ref) ? residents.fresh(ref) : residents.get(ref);
  }
}

/** A refusal becomes an event of the sender, if its machine listens for it. */
async function offerRefusal(
  actor: Actor,
  log: EventLog,
  message: OpenMessage,
  { reason, detail }: Refused,
): Promise<boolean> {
  const committed = await actor.committed();
  const event = { type: "MessageRefused", to: message.to, refused: message.event.type, reason, detail };
  const { id: effectId, traceparent } = message;
  const outcome: Outcome = { effectId, type: event.type, data: { event }, traceparent };
  const isOpen = committed?.state.open.some(({ id }) => id === effectId);
  if (isOpen) return committed!.state.snapshot.can(event) && await actor.settle(outcome);
  // It may have been taken when it was offered before, and the answer was lost.
  return wasRecorded(log, actor.stream, outcome);
}

async function lookAt(actor: Actor): Promise<ActorSnapshot | null> {
  const committed = await actor.committed();
  if (committed === undefined) return null;
  const { state, position, createdAt, updatedAt } = committed;
  const { status, tags, context } = state.snapshot;
  return {
    ref: actor.ref,
    version: state.version,
    position,
    state: state.path,
    status,
    tags: [...tags],
    context,
    allowed: (by) => allowedEvents(actor.registered, state, by),
    createdAt,
    updatedAt,
  };
}
