/** `Idempotency-Key`: the header's key for a request of this door; see `api/request-keys.ts`. */
import type { Context } from "hono";
import { canonicalJson } from "../canonical-json.ts";
import { type KeyedRequest, oncePerKey as answerOncePerKey, readRequestKey, type RequestKey } from "../request-keys.ts";
import type { RestDependencies } from "./dependencies.ts";

/**
 * Runs a request once for its key. The key is looked at before the request is validated.
 * @throws StatewrightError `MALFORMED` for a key that is none, `IDEMPOTENCY_KEY_REUSED` when it belongs to another request
 */
export async function oncePerKey(
  c: Context,
  dependencies: RestDependencies,
  body: unknown,
  request: KeyedRequest<Response>,
): Promise<Response> {
  const { answer, isReplayed } = await answerOncePerKey(dependencies, keyOf(c, body), request);
  if (isReplayed) answer.headers.set("idempotency-replayed", "true");
  return answer;
}

/** Two headers arrive as one with a blank in it, which no key has. */
function keyOf(c: Context, body: unknown): RequestKey | undefined {
  const key = c.req.header("idempotency-key");
  return key === undefined
    ? undefined
    : readRequestKey("rest", key, `${c.req.method} ${c.req.path}\n${canonicalJson(body)}`);
}
