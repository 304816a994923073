/** What one node asks another over the link, and what it answers: JSON texts. */
import { ERROR_CODES, type ErrorCode, type ErrorDetails, StatewrightError } from "../kernel/errors.ts";
import type { ActorRef } from "../kernel/ids.ts";
import { type ActorRequestHandlers, packAnswer, type RequestName } from "./actor-requests.ts";

export type NodeRequest =
  /** Something of an actor; it is answered where it arrives and never passed on. */
  | { readonly kind: "actor"; readonly to: ActorRef; readonly name: RequestName; readonly asked: object }
  /** Take these actors' claims over, and do what is to be done: fire what is due at `now`, or take up the work. */
  | { readonly kind: "wake"; readonly from: number; readonly streams: readonly string[]; readonly now: number | null };

export type NodeAnswer =
  | { readonly outcome: "answered"; readonly answer: unknown }
  | { readonly outcome: "failed"; readonly code: string; readonly message: string; readonly details: ErrorDetails }
  /** The node is starting or stopping, or does not run that type. */
  | { readonly outcome: "elsewhere" }
  /** What there is to ask, or to answer, is more than a link carries. */
  | { readonly outcome: "tooLarge" }
  /** Nobody has answered; whether it was heard is not known. */
  | { readonly outcome: "unreachable" };

const MAX_BYTES = 500_000;

/** True for a text that a link carries, also when it is quoted in another one. */
export function fits(text: string): boolean {
  return text.length <= MAX_BYTES && Buffer.byteLength(text) <= MAX_BYTES;
}

/** The error that another node has answered with. */
export function errorOf({ code, message, details }: Extract<NodeAnswer, { outcome: "failed" }>): StatewrightError {
  const known = ERROR_CODES.find((one): one is ErrorCode => one === code);
  return new StatewrightError(known ?? "INTERNAL", message, details);
}

export interface NodeRequestHost {
  readonly here: ActorRequestHandlers;
  /** False before the node has joined, and from when it stops. */
  takesRequests(): boolean;
  runs(type: string): boolean;
  /** Answers the actors whose claims it has got. */
  wake(request: Extract<NodeRequest, { kind: "wake" }>): Promise<readonly string[]>;
}

/** The serving side: a request's text to its answer's, whatever comes of it. */
export function answersNodeRequests(host: NodeRequestHost): (text: string) => Promise<string> {
  const answer = async (request: NodeRequest): Promise<NodeAnswer> => {
    if (!host.takesRequests()) return { outcome: "elsewhere" };
    if (request.kind === "wake") return { outcome: "answered", answer: await host.wake(request) };
    const { to, name, asked } = request;
    if (!host.runs(to.type)) return { outcome: "elsewhere" };
    // What is asked fits its name: both were written by the same code on the other node.
    const handle = host.here[name] as (to: ActorRef, asked: object) => Promise<unknown>;
    return { outcome: "answered", answer: packAnswer(name, await handle(to, asked)) };
  };
  return async (text) => {
    const given = JSON.stringify(await answer(JSON.parse(text) as NodeRequest).catch(failure));
    return fits(given) ? given : JSON.stringify({ outcome: "tooLarge" } satisfies NodeAnswer);
  };
}

function failure(thrown: unknown): NodeAnswer {
  const { code, message, details: { cause: _, ...details } } = StatewrightError.from(thrown);
  return { outcome: "failed", code, message, details };
}
