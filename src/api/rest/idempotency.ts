/**
 * `Idempotency-Key`: the same request again is answered with what came of the first one, as it stands now. Only what
 * was accepted is remembered, with the event and for 24 h; a refused request is judged anew.
 */
import { createHash } from "node:crypto";
import type { Context } from "hono";
import { sleep } from "../../kernel/clock.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import { type ActorRef, refOf } from "../../kernel/ids.ts";
import type { RequestKey, RestDependencies } from "./dependencies.ts";

const KEY = /^[\x21-\x7e]{1,255}$/;

/** Whose key it is. Without authentication all callers are one. */
const ANONYMOUS = "anonymous";

/** One operation for the whole door, so that a key used on another path is noticed too. */
const OPERATION = "rest";

/** What answers a request: first or again. */
export interface KeyedRequest {
  /** Does it, and answers. */
  run(key: RequestKey | undefined): Promise<Response>;
  /** Answers for what the first request did. */
  replay(actor: ActorRef): Promise<Response>;
}

const LOOK_EVERY_MS = 5;
const COMMIT_HEARD_WITHIN_MS = 2_000;

/**
 * Runs a request once for its key. The key is looked at before the request is validated.
 * @throws StatewrightError `MALFORMED` for a key that is none, `IDEMPOTENCY_KEY_REUSED` when it belongs to another request
 */
export async function oncePerKey(
  c: Context,
  dependencies: RestDependencies,
  body: unknown,
  { run, replay }: KeyedRequest,
): Promise<Response> {
  const key = keyOf(c, body);
  if (key === undefined) return await run(undefined);
  const first = await answeredBefore(dependencies, key);
  if (first !== undefined) return replayed(await replay(first));
  try {
    return await run(key);
  } catch (thrown) {
    // The store found the key taken: the same request came twice at once, and the other one was first.
    if (!(thrown instanceof StatewrightError && thrown.code === "IDEMPOTENCY_KEY_REUSED")) throw thrown;
    const winner = await answeredBefore(dependencies, key);
    if (winner === undefined) throw thrown;
    return replayed(await replay(winner));
  }
}

function keyOf(c: Context, body: unknown): RequestKey | undefined {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return undefined;
  // Two headers arrive as one with a blank in it.
  if (!KEY.test(key)) {
    throw new StatewrightError("MALFORMED", "One Idempotency-Key of 1 to 255 visible ASCII characters, please");
  }
  const request = `${c.req.method} ${c.req.path}\n${canonical(body)}`;
  return {
    principal: ANONYMOUS,
    operation: OPERATION,
    key,
    requestHash: createHash("sha256").update(request).digest("hex"),
  };
}

/** JSON with sorted keys: two writings of one request are one request. */
function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_, field: unknown) =>
      typeof field === "object" && field !== null && !Array.isArray(field)
        ? Object.fromEntries(Object.entries(field).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : field,
  );
}

async function answeredBefore(dependencies: RestDependencies, key: RequestKey): Promise<ActorRef | undefined> {
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
async function untilHeard({ system, clock }: RestDependencies, { type, id }: ActorRef, version: number): Promise<void> {
  const deadline = clock.now() + COMMIT_HEARD_WITHIN_MS;
  while (((await system.actor(type, id).snapshot())?.version ?? 0) < version) {
    if (clock.now() > deadline) {
      throw new StatewrightError("UNAVAILABLE", `${type}/${id} has not come to version ${version}`);
    }
    await sleep(clock, LOOK_EVERY_MS);
  }
}

function replayed(response: Response): Response {
  response.headers.set("idempotency-replayed", "true");
  return response;
}
