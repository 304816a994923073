/** Who looks, and what they may. */
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

export type IdentifyVisitor = (request: Request) => Visitor | Promise<Visitor>;

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

/** Staff who have logged in. */
export function visitorOfStaff(principal: string): Visitor {
  return { principal, role: "operator", mayMend: true, seesPersonal: true, why: "You have the role of an operator" };
}

/** @throws StatewrightError `FORBIDDEN` */
export function requireMending(visitor: Visitor): void {
  if (!visitor.mayMend) throw new StatewrightError("FORBIDDEN", visitor.why);
}
