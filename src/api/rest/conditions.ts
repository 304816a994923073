/**
 * Conditional requests (RFC 9110 §13). A resource's entity tag begins with the version of its actor, so that `If-Match`
 * becomes the version that the actor is expected at, and nothing has to be looked up.
 */
import type { Context } from "hono";
import { StatewrightError } from "../../kernel/errors.ts";
import { answer } from "./answer.ts";
import { representationOf } from "./negotiation.ts";
import { respond } from "./respond.ts";

const TAG = /^(W\/)?"([\x21\x23-\x7e]*)"$/;
const OURS = /^([1-9][0-9]{0,14})(?:[.-].*)?$/;

export interface Revision {
  /** The actor's version. */
  readonly version: number;
  /** What else the representation shows that changes by itself: `17-3`. */
  readonly more?: string;
}

/** Answers with a resource and its entity tag. */
export function answerRevision(
  c: Context,
  status: number,
  value: object,
  revision: Revision,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return answer(c, status, value, { etag: entityTag(c, revision), ...headers });
}

/** As {@link answerRevision} with 200, or 304 for who has it already. It may be kept, if it is asked after each time. */
export function answerUnlessKnown(c: Context, value: object, revision: Revision): Response {
  const etag = entityTag(c, revision);
  const headers = { etag, "cache-control": "private, no-cache" };
  if (!isKnown(c, etag)) return answer(c, 200, value, headers);
  return respond(c, 304, null, { vary: "Accept", ...headers });
}

/** Each representation has its own tag, because each has its own bytes. */
function entityTag(c: Context, { version, more }: Revision): string {
  const representation = representationOf(c);
  return `"${version}${more === undefined ? "" : `-${more}`}${representation === "json" ? "" : `.${representation}`}"`;
}

/** `If-None-Match` compares weakly. */
function isKnown(c: Context, etag: string): boolean {
  const header = c.req.header("if-none-match");
  if (header === undefined) return false;
  return header.trim() === "*" || header.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}

/**
 * The version that `If-Match` names; undefined without one, and for `*`.
 * @throws StatewrightError `MALFORMED` for what is no single entity tag, `VERSION_CONFLICT` for a tag that cannot match
 */
export function expectedVersion(c: Context): number | undefined {
  const header = c.req.header("if-match")?.trim();
  if (header === undefined || header === "*") return undefined;
  const [, weak, tag] = TAG.exec(header) ?? [];
  if (tag === undefined) {
    throw new StatewrightError("MALFORMED", 'If-Match takes one entity tag as an ETag gave it, such as "3", or *');
  }
  const [, version] = OURS.exec(tag) ?? [];
  if (weak !== undefined || version === undefined) {
    throw new StatewrightError("VERSION_CONFLICT", "A weak or foreign entity tag matches nothing here");
  }
  return Number(version);
}
