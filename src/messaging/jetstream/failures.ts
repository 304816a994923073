/** What a failure of NATS means for what was asked of it. */
import { JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import { StatewrightError } from "../../kernel/errors.ts";

/** Turns what the client throws into one of our errors; the client's own stays inside as the cause. */
export function busError(thrown: unknown): StatewrightError {
  if (thrown instanceof StatewrightError) return thrown;
  return new StatewrightError("UNAVAILABLE", `NATS ${meaning(thrown)}; try again`, { cause: thrown });
}

function meaning(thrown: unknown): string {
  if (hasNoResponders(thrown)) return "has no JetStream (yet), or not the stream that was meant";
  if (isTimeout(thrown)) return "does not answer in time";
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  return thrown instanceof JetStreamApiError ? `refuses (${said})` : `does not answer (${said})`;
}

/** True when the server says that nobody listens there. */
export function hasNoResponders(thrown: unknown): boolean {
  return thrown instanceof errors.NoRespondersError ||
    (thrown instanceof errors.RequestError && thrown.isNoResponders());
}

export function isTimeout(thrown: unknown): boolean {
  return thrown instanceof errors.TimeoutError ||
    (thrown instanceof errors.RequestError && thrown.cause instanceof errors.TimeoutError);
}

/** True when the server does not know us, so that it is no use to go on asking. */
export function isNoEntry(thrown: unknown): boolean {
  return thrown instanceof errors.AuthorizationError || thrown instanceof errors.UserAuthenticationExpiredError ||
    (thrown instanceof Error && thrown.cause !== undefined && isNoEntry(thrown.cause));
}
