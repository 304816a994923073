/** Nodes ask each other over plain NATS: a request, one answer, and word at once when nobody listens. */
import type { Msg } from "@nats-io/transport-node";
import { ERROR_CODES, type ErrorCode, type ErrorDetails, StatewrightError } from "../../kernel/errors.ts";
import type { NodeLink } from "../node-link.ts";
import type { Nats } from "./connection.ts";
import { busError, hasNoResponders, isTimeout } from "./failures.ts";
import { token } from "./subjects.ts";

/** How an answer travels. */
type Answer =
  | { readonly answer: string }
  | { readonly error: { readonly code: string; readonly message: string; readonly details: ErrorDetails } };

export function createNatsLink(nats: Nats): NodeLink {
  return {
    async serve(address, handle) {
      const underWay = new Set<Promise<void>>();
      const listening = await nats.listen(subjectOf(address), (message) => {
        const work = reply(message, handle).finally(() => underWay.delete(work));
        underWay.add(work);
      });
      return {
        async close() {
          await listening.close();
          await Promise.all(underWay);
          // Handed to the connection is not sent yet.
          await nats.flush();
        },
      };
    },

    async request(address, request, timeoutMs) {
      const answer = await ask(nats, address, request, timeoutMs);
      if ("answer" in answer) return answer.answer;
      const { code, message, details } = answer.error;
      throw new StatewrightError(isErrorCode(code) ? code : "INTERNAL", message, details);
    },
  };
}

function subjectOf(address: string): string {
  return `nodes.${token(address)}`;
}

async function ask(nats: Nats, address: string, request: string, timeoutMs: number): Promise<Answer> {
  try {
    return (await nats.client().request(subjectOf(address), request, { timeout: timeoutMs })).json<Answer>();
  } catch (thrown) {
    if (hasNoResponders(thrown)) {
      throw new StatewrightError("UNAVAILABLE", `Nobody listens at ${address}`, { cause: thrown });
    }
    if (isTimeout(thrown)) {
      throw new StatewrightError("DEADLINE_EXCEEDED", `${address} has not answered within ${timeoutMs} ms`, {
        cause: thrown,
      });
    }
    throw busError(thrown);
  }
}

async function reply(message: Msg, handle: (request: string) => Promise<string>): Promise<void> {
  const answer = await Promise.resolve(message.string()).then(handle).then((answer): Answer => ({ answer }), failure);
  try {
    message.respond(JSON.stringify(answer));
  } catch (thrown) {
    respondInVain(message, thrown);
  }
}

/** The answer is too large for the server, or the connection is closed, and then nobody hears this either. */
function respondInVain(message: Msg, why: unknown): void {
  try {
    message.respond(JSON.stringify(failure(why)));
  } catch {
    // The asker's deadline tells.
  }
}

function failure(thrown: unknown): Answer {
  const { code, message, details: { cause: _, ...details } } = StatewrightError.from(thrown);
  return { error: { code, message, details } };
}

function isErrorCode(code: string): code is ErrorCode {
  return (ERROR_CODES as readonly string[]).includes(code);
}
