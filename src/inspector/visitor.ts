/** Who looks, and what they may. */
import { Buffer } from "node:buffer";
import type { Access } from "../api/access.ts";
import { StatewrightError } from "../kernel/errors.ts";

export interface Visitor {
  /** An opaque id, for the record. */
  readonly principal: string;
  readonly role: "operator" | "reader";
  readonly mayMend: boolean;
  readonly seesPersonal: boolean;
  /** One sentence for people. */
  readonly why: string;
}

/** @param tell is given headers for the answer, whatever comes of the request */
export type IdentifyVisitor = (
  request: Request,
  tell?: (headers: Readonly<Record<string, string>>) => void,
) => Visitor | Promise<Visitor>;

const OPERATOR: Visitor = {
  principal: "demo",
  role: "operator",
  mayMend: true,
  seesPersonal: true,
  why: "This page is served to this machine only; whoever sits at it is the operator",
};

const READER: Visitor = {
  principal: "anonymous",
  role: "reader",
  mayMend: false,
  seesPersonal: false,
  why: "Nobody has to log in here, so nothing can be changed, and personal fields are hidden",
};

/**
 * As long as nobody logs in: who is on this machine is its operator, others only look. A page of a stranger that has
 * given this address to a name of its own (DNS rebinding) comes under that name, and only looks too.
 * @param host that the server listens on
 */
export function visitorByHost(host: string): IdentifyVisitor {
  const isHere = isLoopback(host);
  return (request) => isHere && isLoopback(new URL(request.url).hostname) ? OPERATOR : READER;
}

function isLoopback(host: string): boolean {
  return ["localhost", "::1", "[::1]"].includes(host) || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Staff who log in. A browser sends what it was told at its prompt as Basic: the password is the key or the token. */
export function visitorByAccess(access: Access): IdentifyVisitor {
  return async ({ headers }, tell) => {
    const said = headers.get("authorization") ?? undefined;
    const basic = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(said ?? "")?.[1];
    const secret = basic && Buffer.from(basic, "base64").toString("utf8").replace(/^[^:]*:/, "");
    const credentials = {
      authorization: secret === undefined ? said : `Bearer ${secret}`,
      apiKey: headers.get("x-api-key") ?? undefined,
    };
    const { id: principal } = (await access.admit("GET /inspect/api", credentials, tell))!;
    return { principal, role: "operator", mayMend: true, seesPersonal: true, why: "You have the role of an operator" };
  };
}

/** @throws StatewrightError `FORBIDDEN` */
export function requireMending(visitor: Visitor): void {
  if (!visitor.mayMend) throw new StatewrightError("FORBIDDEN", visitor.why);
}
