/** What all writes of this door share: once for a key, on a condition, and with a token to read them by. */
import type { Context } from "hono";
import type { ActorRef } from "../../kernel/ids.ts";
import type { Accepted } from "../../runtime/receipt.ts";
import type { WriteOptions } from "../../shop/propose.ts";
import { canonicalJson } from "../canonical-json.ts";
import { oncePerKey, readRequestKey, type RequestKey } from "../request-keys.ts";
import { expectedVersion } from "./conditions.ts";
import type { RestDependencies } from "./dependencies.ts";
import { tellHeaders } from "./respond.ts";

/** Carries the position that a write has reached, and takes the one that a list has to show. */
const TOKEN = "consistency-token";

export interface Write {
  /** Does it. The key and the condition go with the event. */
  run(options: WriteOptions): Promise<Accepted>;
  /** Answers for it, also when it was done by an earlier request. */
  answer(actor: ActorRef): Response | Promise<Response>;
}

/**
 * Writes once for the request's `Idempotency-Key`, if its `If-Match` holds. The key is looked at before the request is
 * validated.
 * @throws StatewrightError `MALFORMED` for a key that is none, `IDEMPOTENCY_KEY_REUSED` when it belongs to another request
 */
export async function writeOnce(
  c: Context,
  dependencies: RestDependencies,
  body: unknown,
  write: Write,
): Promise<Response> {
  const tell = (position: number) => {
    dependencies.consistency.told(position);
    tellHeaders(c, { [TOKEN]: String(position) });
  };
  const { answer } = await oncePerKey(dependencies, keyOf(c, body), {
    async run(requestKey) {
      const receipt = await write.run({ requestKey, expectedVersion: expectedVersion(c) });
      tell(receipt.position);
      return await write.answer(receipt.actor);
    },
    async replay(actor) {
      const snapshot = await dependencies.system.actor(actor.type, actor.id).snapshot();
      if (snapshot) tell(snapshot.position);
      tellHeaders(c, { "idempotency-replayed": "true" });
      return await write.answer(actor);
    },
  });
  return answer;
}

/** Two headers arrive as one with a blank in it, which no key has. */
function keyOf(c: Context, body: unknown): RequestKey | undefined {
  const key = c.req.header("idempotency-key");
  return key === undefined
    ? undefined
    : readRequestKey("rest", key, `${c.req.method} ${c.req.path}\n${canonicalJson(body)}`);
}

/** Waits until the lists show what the caller, or anybody through this process, has been told. */
export function caughtUp(c: Context, { consistency }: RestDependencies): Promise<void> {
  return consistency.caughtUp(c.req.header(TOKEN));
}
