/** A club membership: a free trial, then the card is charged; who cannot be charged is reminded for a while. */
import { actorRef, defineActor, NonRetryableError } from "statewright";
import { assign, fromPromise, sendTo, setup } from "xstate";
import { z } from "zod";
import { reminderMachine } from "./reminder.ts";

interface Trial {
  clubId: string;
  card: string;
  /** In minor units: cents. */
  fee: string;
  trialMs: number;
}

export const membershipMachine = setup({
  types: {
    // The data of the event that creates the actor, and the actor's id.
    input: {} as Trial & { id: string },
    context: {} as Trial & { id: string; receipt: string | null },
    events: {} as { type: "CardReplaced"; card: string } | { type: "MembershipCancelled" },
  },
  // What the machine waits for. A durable actor never runs these two itself: one is work, one is an actor of its own.
  actors: {
    chargeCard: fromPromise<{ receipt: string }, { card: string; fee: string }>(async () => ({ receipt: "none" })),
    reminder: reminderMachine,
  },
  delays: { trial: ({ context }) => context.trialMs },
  actions: {
    joinClub: sendTo(
      ({ context }) => actorRef("club", context.clubId),
      ({ context }) => ({ type: "MemberJoined", memberId: context.id }),
    ),
    leaveClub: sendTo(
      ({ context }) => actorRef("club", context.clubId),
      ({ context }) => ({ type: "MemberLeft", memberId: context.id }),
    ),
  },
}).createMachine({
  id: "membership",
  context: ({ input }) => ({ ...input, receipt: null }),
  initial: "trial",
  states: {
    trial: {
      after: { trial: "charging" },
      on: { MembershipCancelled: "ended" },
    },
    charging: {
      invoke: {
        src: "chargeCard",
        input: ({ context: { card, fee } }) => ({ card, fee }),
        onDone: { target: "active", actions: assign({ receipt: ({ event }) => event.output.receipt }) },
        onError: "pastDue",
      },
    },
    pastDue: {
      invoke: {
        src: "reminder",
        id: "reminder",
        input: ({ context: { id } }) => ({ memberId: id, everyMs: 7 * 24 * 60 * 60 * 1_000 }),
        onDone: "ended",
        onError: "ended",
      },
      on: {
        CardReplaced: { target: "charging", actions: assign({ card: ({ event }) => event.card }) },
        MembershipCancelled: "ended",
      },
    },
    active: {
      entry: "joinClub",
      on: { MembershipCancelled: { target: "ended", actions: "leaveClub" } },
    },
    ended: { type: "final" },
  },
});

export interface CardProcessor {
  /** The same key again is the same charge. */
  charge(charge: { card: string; fee: string }, key: string, signal: AbortSignal): Promise<{ receipt: string }>;
}

/** Trying again is no use; what else goes wrong may be a bad moment. */
export class CardExpired extends NonRetryableError {}

export function membershipActor(cards: CardProcessor) {
  return defineActor({
    type: "membership",
    machine: membershipMachine,
    version: "2",
    created: "TrialStarted",
    events: {
      TrialStarted: {
        by: "client",
        schema: z.strictObject({
          clubId: z.string(),
          card: z.string(),
          fee: z.string().regex(/^\d+$/),
          trialMs: z.int().positive(),
        }),
      },
      CardReplaced: { by: "client", schema: z.strictObject({ card: z.string().min(1) }) },
      MembershipCancelled: { by: "client", schema: z.strictObject({}) },
    },
    upcasters: {
      // Version 1 had the fee as a number.
      TrialStarted: (data) => ({ ...data, fee: String(data.fee) }),
    },
    activities: {
      chargeCard: {
        run: (charge, { key, signal }) => cards.charge(charge, key, signal),
        retry: { attempts: 8, backoffMs: 200, maxBackoffMs: 60_000, timeoutMs: 10_000 },
        concurrency: 20,
      },
    },
    children: { reminder: "reminder" },
  });
}
