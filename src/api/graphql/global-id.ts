/** Ids that tell what they are an id of. Every field that takes an id takes the plain one as well. */
import { Buffer } from "node:buffer";
import { StatewrightError } from "../../kernel/errors.ts";
import { isUuid } from "../../kernel/ids.ts";

export const NODE_TYPES = ["Order", "Customer", "Product"] as const;

export type NodeType = (typeof NODE_TYPES)[number];

export function encodeGlobalId(type: string, id: string | number | bigint): string {
  return Buffer.from(`${type}:${id}`).toString("base64url");
}

/** @throws StatewrightError `MALFORMED` */
export function decodeGlobalId(globalId: string): { readonly typename: NodeType; readonly id: string } {
  const [type, id = "", ...rest] = Buffer.from(globalId, "base64url").toString().split(":");
  const typename = NODE_TYPES.find((name) => name === type);
  if (typename !== undefined && rest.length === 0 && isUuid(id) && encodeGlobalId(typename, id) === globalId) {
    return { typename, id };
  }
  throw new StatewrightError("MALFORMED", "This is no global id; take it from the field `id`");
}

/** The plain id behind a global one; whatever else is given stays what it is, for a schema to judge. */
export function plainIfGlobal(type: NodeType, given: string): string {
  try {
    return plainId(type, "", given);
  } catch {
    return given;
  }
}

/**
 * The plain id of what is meant.
 * @param given the plain id, or the global one
 * @throws StatewrightError `MALFORMED`, also for the global id of something else
 */
export function plainId(type: NodeType, field: string, given: string): string {
  if (isUuid(given)) return given;
  const detail =
    "An id is a UUID in lower case, such as 01890a5d-ac96-774b-bcce-b302099a8057, or what the field `id` answers";
  try {
    const { typename, id } = decodeGlobalId(given);
    if (typename === type) return id;
  } catch {
    // It is said below, in words that fit both.
  }
  throw new StatewrightError("MALFORMED", `${field}: ${detail}`, { errors: [{ pointer: `/${field}`, detail }] });
}
