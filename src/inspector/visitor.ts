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

/** As long as nobody logs in: who is on this machine is its operator, others only look. */
export function visitorByHost(host: string): IdentifyVisitor {
  const isLoopback = host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
  return () => isLoopback ? OPERATOR : READER;
}

/** @throws StatewrightError `EVENT_NOT_PUBLIC` */
export function requireMending(visitor: Visitor): void {
  if (!visitor.mayMend) throw new StatewrightError("EVENT_NOT_PUBLIC", visitor.why);
}
