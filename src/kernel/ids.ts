import { uuidv7 } from "uuidv7";
import { StatewrightError } from "./errors.ts";

/** The address of one actor. `type` and `id` are safe in subjects, URLs and SQL as they stand. */
export interface ActorRef {
  readonly type: string;
  readonly id: string;
}

const TYPE = /^[a-z][A-Za-z0-9]{0,62}$/;
const ID = /^[A-Za-z0-9_-]{1,128}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** A new time-ordered id (UUIDv7, RFC 9562). */
export function newId(): string {
  return uuidv7();
}

/** True for a UUID in its one canonical form: lower case, no braces. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

export function isActorType(text: string): boolean {
  return TYPE.test(text);
}

/** `order/0199…`: the name of an actor's stream. Throws `INVALID` on an address that could not be one. */
export function streamOf(ref: ActorRef): string {
  if (!TYPE.test(ref.type)) {
    throw new StatewrightError(
      "INVALID",
      `"${ref.type}" is not an actor type: a letter, then up to 62 letters or digits`,
    );
  }
  if (!ID.test(ref.id)) {
    throw new StatewrightError("INVALID", "An actor id is 1 to 128 of the characters A–Z a–z 0–9 _ -");
  }
  return `${ref.type}/${ref.id}`;
}

/** The inverse of {@link streamOf}, with the same checks. */
export function refOf(stream: string): ActorRef {
  const slash = stream.indexOf("/");
  const ref = { type: stream.slice(0, slash), id: stream.slice(slash + 1) };
  streamOf(ref);
  return ref;
}
