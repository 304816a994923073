/**
 * A client's key for a request: the same request again is answered with what came of the first one, as it stands now.
 * Only what was accepted is remembered, with the event and for 24 h; a refused request is judged anew.
 */
import { createHash } from "node:crypto";
import { type Clock, sleep } from "../kernel/clock.ts";
import { StatewrightError } from "../kernel/errors.ts";
import { type ActorRef, refOf } from "../kernel/ids.ts";
import type { ActorSystem, ProposalOptions } from "../runtime/receipt.ts";
import { currentPrincipal } from "./access/principal.ts";

export type RequestKey = NonNullable<ProposalOptions["requestKey"]>;

export interface AnsweredRequest {
  /** The stream of the actor that the request created or changed. */
  readonly stream: string;
  /** Where that stream stood after it. */
  readonly version: number;
  readonly requestHash: string;
}

/** What looking a key up takes. */
export interface RequestKeyDependencies {
  readonly system: ActorSystem;
  /** The first answer to a request key, or undefined when it was not used within its retention of 24 h. */
  findRequest(key: Pick<RequestKey, "principal" | "operation" | "key">): Promise<AnsweredRequest | undefined>;
  readonly clock: Clock;
}

/** What answers a request: first or again. */
export interface KeyedRequest<Answer> {
  /** Does it, and answers. */
  run(key: RequestKey | undefined): Promise<Answer>;
  /** Answers for what the first request did. */
  replay(actor: ActorRef): Promise<Answer>;
}

export interface KeyedAnswer<Answer> {
  readonly answer: Answer;
  readonly isReplayed: boolean;
}

const KEY = /^[\x21-\x7e]{1,255}$/;

/** Whose key it is where nobody has to say who they are. */
const ANONYMOUS = "anonymous";

const LOOK_EVERY_MS = 5;
const COMMIT_HEARD_WITHIN_MS = 2_000;

/**
 * @param operation one for a whole door, so that a key used with another operation there is noticed too
 * @param request the request as bytes that are the same however it was written
 * @throws StatewrightError `MALFORMED` for a key that is none
 */
export function readRequestKey(operation: string, key: string, request: string | Uint8Array): RequestKey {
  if (!KEY.test(key)) {
    throw new StatewrightError("MALFORMED", "An idempotency key is 1 to 255 visible ASCII characters, given once");
  }
  const principal = currentPrincipal()?.id ?? ANONYMOUS;
  return { principal, operation, key, requestHash: createHash("sha256").update(request).digest("hex") };
}

/**
 * Runs a request once for its key. The key is looked at before the request is validated.
 * @throws StatewrightError `IDEMPOTENCY_KEY_REUSED` when the key belongs to another request
 */
export async function oncePerKey<Answer>(
  dependencies: RequestKeyDependencies,
  key: RequestKey | undefined,
  { run, replay }: KeyedRequest<Answer>,
): Promise<KeyedAnswer<Answer>> {
  if (key === undefined) return { answer: await run(undefined), isReplayed: false };
  const first = await answeredBefore(dependencies, key);
  if (first !== undefined) return { answer: await replay(first), isReplayed: true };
  try {
    return { answer: await run(key), isReplayed: false };
  } catch (thrown) {
    // The store found the key taken: the same request came twice at once, and the other one was first.
    if (!(thrown instanceof StatewrightError && thrown.code === "IDEMPOTENCY_KEY_REUSED")) throw thrown;
    const winner = await answeredBefore(dependencies, key);
    if (winner === undefined) throw thrown;
    return { answer: await replay(winner), isReplayed: true };
  }
}

async function answeredBefore(dependencies: RequestKeyDependencies, key: RequestKey): Promise<ActorRef | undefined> {
  const answered = await dependencies.findRequest(key);
  if (answered === undefined) return undefined;
  if (answered.requestHash !== key.requestHash) {
    throw new StatewrightError(
      "IDEMPOTENCY_KEY_REUSED",
      "The key was used with another request within 24 h; take a new one",
    );
  }
  const actor = refOf(answered.stream);
  await untilHeard(dependencies, actor, answered.version);
  return actor;
}

/** The store knows of a commit a moment before the actor hears of it; an answer from the actor has to wait for that. */
async function untilHeard(
  { system, clock }: RequestKeyDependencies,
  { type, id }: ActorRef,
  version: number,
): Promise<void> {
  const deadline = clock.now() + COMMIT_HEARD_WITHIN_MS;
  while (((await system.actor(type, id).snapshot())?.version ?? 0) < version) {
    if (clock.now() > deadline) {
      throw new StatewrightError("UNAVAILABLE", `${type}/${id} has not come to version ${version}`);
    }
    await sleep(clock, LOOK_EVERY_MS);
  }
}
