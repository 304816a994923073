/** The operations on a store and the nodes that run its actors. Every change is in the audit before it is done. */
import { plainError, StatewrightError } from "../kernel/errors.ts";
import { type ActorRef, streamOf } from "../kernel/ids.ts";
import { currentTraceparent } from "../kernel/tracing.ts";
import type { DeadLetter, Store } from "../store/store.ts";
import type { AskActor } from "./actor-requests.ts";
import type { ActorDefinition } from "./definition.ts";
import { diagnoseFrom } from "./look-around.ts";
import type { MachineEvent } from "./machine-event.ts";
import type { Attribution, LetterSelection, Operations, RedriveAnswer, RetryAnswer } from "./operations.ts";
import { checkOptions } from "./proposal-check.ts";
import type { Receipt } from "./receipt.ts";
import { describeRedrive, isHeldBack, redriveLetter } from "./redrive.ts";
import { registerActors } from "./register.ts";
import { findStuck } from "./stuck-actors.ts";

/** Letters that one redrive takes on, at most. */
const MAX_LETTERS = 1_000;
const MAX_REASON = 500;

export interface OperationsOptions {
  readonly store: Store;
  readonly actors: readonly ActorDefinition[];
  /** Of a node, or of a visitor. */
  readonly ask: AskActor;
}

export function createOperations({ store, actors, ask }: OperationsOptions): Operations {
  const registered = registerActors(actors);
  const host = { store, registered, ask };
  const mending = new Mending(store, ask);
  return {
    async why(ref) {
      const type = registered.get(ref.type);
      if (type === undefined) throw new StatewrightError("NOT_FOUND", `There is no actor type ${ref.type}`);
      return await diagnoseFrom(host, type, ref);
    },
    stuck: (options = {}) => findStuck(host, options),
    propose: (ref, event, by, options) => mending.propose(ref, event, by, options?.expectedVersion),
    retryActivity: (ref, effect, by) => mending.retryActivity(ref, effect, by),
    deadLetter: (id) => mending.deadLetter(id),
    describeRedrive,
    redrive: (letters, by, options) => mending.redrive(letters, by, options?.dryRun === true),
    dismiss: (id, by) => mending.dismiss(id, by),
    audit: (options) => store.audits(options),
  };
}

const RETRY_WORDS: Readonly<Record<RetryAnswer["outcome"], string>> = {
  now: "Its pause is over: it is tried now.",
  underWay: "An attempt is under way already.",
  remote: "Its workers have it; `queues` shows how their queue stands.",
  elsewhere: "The node that runs it could not be asked from here. It goes on by itself.",
  notOpen: "No activity with this effect is open (any more).",
};

class Mending {
  readonly #store: Store;
  readonly #ask: AskActor;

  constructor(store: Store, ask: AskActor) {
    this.#store = store;
    this.#ask = ask;
  }

  propose(
    ref: ActorRef,
    event: MachineEvent,
    by: Attribution,
    expectedVersion: number | undefined,
  ): Promise<Receipt> {
    return this.#audited(by, "propose", streamOf(ref), { event: event.type }, async (entry) => {
      const proposal = {
        event,
        by: "operator",
        principal: by.who,
        messageId: `audit/${entry}`,
        traceparent: currentTraceparent(),
        ...(expectedVersion !== undefined && { expectedVersion }),
      } as const;
      checkOptions(proposal);
      const receipt = await this.#ask(ref, "propose", { proposal, sentAt: undefined });
      const came = receipt.outcome === "refused" ? `refused: ${receipt.detail}` : `version ${receipt.version}`;
      return { answer: receipt, came };
    });
  }

  retryActivity(ref: ActorRef, effect: string, by: Attribution): Promise<RetryAnswer> {
    return this.#audited(by, "retry activity", streamOf(ref), { effect }, async () => {
      const outcome = await this.#ask(ref, "retry", { effectId: effect });
      return { answer: { outcome, detail: RETRY_WORDS[outcome] }, came: outcome };
    });
  }

  async deadLetter(id: string): Promise<DeadLetter | undefined> {
    return /^[1-9]\d{0,17}$/.test(id) ? await this.#store.deadLetter(id) : undefined;
  }

  async redrive(selection: LetterSelection, by: Attribution, dryRun: boolean): Promise<RedriveAnswer[]> {
    const answers: RedriveAnswer[] = [];
    for (const letter of await this.#select(selection)) {
      const description = describeRedrive(letter);
      if (dryRun || description.outcome === "impossible") answers.push(description);
      else {
        const { id, reason } = letter;
        answers.push(
          await this.#audited(by, "redrive", `dead-letter/${id}`, { reason, source: letter.source }, async () => {
            const answer = await redriveLetter({ store: this.#store, ask: this.#ask }, letter);
            return { answer, came: `${answer.outcome}: ${answer.detail}` };
          }),
        );
      }
    }
    return answers;
  }

  async dismiss(id: string, by: Attribution): Promise<void> {
    const letter = await this.deadLetter(id);
    if (letter === undefined) throw noLetter(id);
    if (isHeldBack(letter)) {
      const advice = "Its reader holds later events back behind this one: mend the cause, and redrive it";
      throw new StatewrightError("TRANSITION_NOT_ALLOWED", advice);
    }
    await this.#audited(by, "dismiss", `dead-letter/${id}`, letter, async () => {
      if (!await this.#store.removeDeadLetter(id)) throw noLetter(id);
      return { answer: undefined, came: "dismissed" };
    });
  }

  /** In the order in which they were buried. @throws StatewrightError `NOT_FOUND` for an id that is none */
  async #select(selection: LetterSelection): Promise<DeadLetter[]> {
    if ("reason" in selection) {
      return await this.#store.deadLetters({ limit: MAX_LETTERS, reason: selection.reason });
    }
    if (selection.ids.length > MAX_LETTERS) {
      throw new StatewrightError("LIMIT", `A redrive takes ${MAX_LETTERS} letters at once`);
    }
    const letters: DeadLetter[] = [];
    for (const id of new Set(selection.ids)) {
      const letter = await this.deadLetter(id);
      if (letter === undefined) throw noLetter(id);
      letters.push(letter);
    }
    return letters.toSorted((a, b) => Number(a.id) - Number(b.id));
  }

  /** Notes who wants what, and why; then does it; then notes what came of it. */
  async #audited<Answer>(
    { who, reason }: Attribution,
    action: string,
    subject: string,
    detail: object,
    act: (entry: string) => Promise<{ readonly answer: Answer; readonly came: string }>,
  ): Promise<Answer> {
    if (reason.trim() === "" || reason.length > MAX_REASON || !isPlain(reason)) {
      throw new StatewrightError("INVALID", `Say why, in 1 to ${MAX_REASON} characters: it is kept with what is done`);
    }
    checkOptions({ principal: who });
    const id = await this.#store.recordAudit({ who, action, subject, reason, detail: JSON.stringify(detail) });
    let came = "failed";
    try {
      const done = await act(id);
      came = done.came;
      return done.answer;
    } catch (thrown) {
      came = `failed: ${plainError(thrown).message}`;
      throw thrown;
    } finally {
      // It is done, whether or not that can be written down.
      await this.#store.concludeAudit(id, came).catch(() => {});
    }
  }
}

/** What a database's text can hold. */
function isPlain(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

function noLetter(id: string): StatewrightError {
  return new StatewrightError("NOT_FOUND", `There is no dead letter ${id} (any more)`);
}
