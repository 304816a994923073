/** What can be done about a dead letter, and doing it once. */
import { StatewrightError } from "../kernel/errors.ts";
import { type ActorRef, refOf, streamOf } from "../kernel/ids.ts";
import type { DeadLetter, Store } from "../store/store.ts";
import type { Outcome } from "./acceptance.ts";
import type { AskActor } from "./actor-requests.ts";
import { deliver, type DeliveryHost, type OpenMessage } from "./delivery.ts";
import type { OpenEffect } from "./effects.ts";
import { fired } from "./outcomes.ts";
import type { RedriveAnswer } from "./operations.ts";

export interface RedriveHost {
  readonly store: Pick<Store, "redriveParked" | "removeDeadLetter">;
  readonly ask: AskActor;
}

/** What a letter is about, and so what its redrive would do. */
type Redrive =
  | { readonly does: "deliver"; readonly source: ActorRef; readonly message: OpenMessage }
  | { readonly does: "settle"; readonly actor: ActorRef; readonly outcome: Outcome }
  | { readonly does: "resume"; readonly reader: string; readonly key: string }
  | { readonly does: "nothing"; readonly because: string };

type Timer = Extract<OpenEffect, { kind: "timer" }>;

/** As the runtime and the readers write it, by reason. */
interface LetterDetail {
  readonly message?: OpenMessage;
  readonly outcome?: Outcome;
  readonly timer?: Timer;
  readonly reader?: string;
  readonly key?: string;
}

function redriveOf({ reason, stream, detail }: DeadLetter): Redrive {
  const { message, outcome, timer, reader, key } = JSON.parse(detail) as LetterDetail;
  if (message) return { does: "deliver", source: refOf(stream), message };
  if (reason === "late outcome") {
    const because = "Nobody waits for this outcome any more. If it must be undone, undo it by hand, then dismiss it.";
    return { does: "nothing", because };
  }
  const toSettle = outcome ?? (timer && fired(timer));
  if (toSettle) return { does: "settle", actor: refOf(stream), outcome: toSettle };
  if (reader !== undefined && key !== undefined) return { does: "resume", reader, key };
  return { does: "nothing", because: `There is nothing to do again about "${reason}".` };
}

/** What a redrive would do: `would` or `impossible`. */
export function describeRedrive(letter: DeadLetter): RedriveAnswer {
  const { id, reason } = letter;
  const redrive = redriveOf(letter);
  if (redrive.does === "nothing") return { id, reason, outcome: "impossible", detail: redrive.because };
  return { id, reason, outcome: "would", detail: wordsOf(redrive) };
}

/** True for an event that its reader holds back, and later ones behind it: only a redrive ends that. */
export function isHeldBack(letter: DeadLetter): boolean {
  return redriveOf(letter).does === "resume";
}

function wordsOf(redrive: Exclude<Redrive, { does: "nothing" }>): string {
  if (redrive.does === "deliver") {
    const { message: { event, to }, source } = redrive;
    return `propose ${event.type} of ${streamOf(source)} to ${streamOf(to)} again`;
  }
  if (redrive.does === "settle") return `tell ${streamOf(redrive.actor)} the outcome ${redrive.outcome.type} again`;
  return `have ${redrive.reader} try the events of ${redrive.key} again, the earliest first`;
}

/** Does it. What succeeds takes the letter away; what fails leaves it. Whoever comes second finds the same outcome. */
export async function redriveLetter(host: RedriveHost, letter: DeadLetter): Promise<RedriveAnswer> {
  const { id, reason } = letter;
  const redrive = redriveOf(letter);
  if (redrive.does === "nothing") return describeRedrive(letter);
  try {
    const answer = await carryOut(host, redrive);
    if (answer.outcome === "redriven") await host.store.removeDeadLetter(id);
    return { id, reason, ...answer };
  } catch (thrown) {
    return { id, reason, outcome: "failed", detail: StatewrightError.from(thrown).message };
  }
}

type Done = Pick<RedriveAnswer, "outcome" | "detail">;

async function carryOut(
  { ask, store }: RedriveHost,
  redrive: Exclude<Redrive, { does: "nothing" }>,
): Promise<Done> {
  if (redrive.does === "resume") {
    const keys = await store.redriveParked(redrive.reader, redrive.key);
    if (keys > 0) {
      return { outcome: "asked", detail: `${redrive.reader} tries it again; the letter goes when it succeeds` };
    }
    return { outcome: "failed", detail: `${redrive.reader} holds nothing back for ${redrive.key} any more` };
  }
  if (redrive.does === "settle") {
    const { actor, outcome } = redrive;
    if (await ask(actor, "settle", { outcome })) {
      return { outcome: "redriven", detail: `${streamOf(actor)} has taken ${outcome.type}` };
    }
    return { outcome: "impossible", detail: `${streamOf(actor)} does not wait for this outcome any more; dismiss it` };
  }
  const { source, message } = redrive;
  const refused = await deliver(deliveryBy(ask), source, message);
  const to = streamOf(message.to);
  if (refused) return { outcome: "failed", detail: `${to} refuses ${message.event.type} still: ${refused.detail}` };
  return { outcome: "redriven", detail: `${to} has taken ${message.event.type}` };
}

function deliveryBy(ask: AskActor): DeliveryHost {
  return {
    propose: (to, proposal, sentAt) => ask(to, "propose", { proposal, sentAt }),
    settle: (to, outcome) => ask(to, "settle", { outcome }),
    stop: (child, causationId, correlationId) => ask(child, "stop", { causationId, correlationId }),
    // The sender has been offered it once, when the message was first refused.
    refused: () => Promise.resolve(false),
  };
}
