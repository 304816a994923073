/** A link within one process: for several nodes in one program, and for tests. */
import { assert } from "../kernel/assert.ts";
import { type Clock, systemClock } from "../kernel/clock.ts";
import { StatewrightError } from "../kernel/errors.ts";
import type { NodeLink } from "./node-link.ts";

interface Server {
  readonly handle: (request: string) => Promise<string>;
  readonly underWay: Set<Promise<unknown>>;
}

/** @param clock times the requests */
export function createInProcessLink(clock: Clock = systemClock): NodeLink {
  const servers = new Map<string, Server>();
  return {
    async serve(address, handle) {
      assert(!servers.has(address), `${address} has one server`);
      const server: Server = { handle, underWay: new Set() };
      servers.set(address, server);
      return {
        async close() {
          if (servers.get(address) === server) servers.delete(address);
          await Promise.allSettled(server.underWay);
        },
      };
    },
    request(address, request, timeoutMs) {
      const server = servers.get(address);
      if (server === undefined) {
        return Promise.reject(new StatewrightError("UNAVAILABLE", `Nobody answers at ${address}`));
      }
      return withinTime(clock, timeoutMs, answerOf(server, request));
    },
  };
}

async function answerOf({ handle, underWay }: Server, request: string): Promise<string> {
  // One turn later, as a wire would have it.
  const answer = Promise.resolve().then(() => handle(request));
  underWay.add(answer);
  try {
    return await answer;
  } catch (thrown) {
    // What crosses a wire is a code and a sentence.
    const { code, message } = StatewrightError.from(thrown);
    throw new StatewrightError(code, message);
  } finally {
    underWay.delete(answer);
  }
}

function withinTime<T>(clock: Clock, timeoutMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = new StatewrightError("DEADLINE_EXCEEDED", `No answer within ${timeoutMs} ms`);
    const cancel = clock.schedule(timeoutMs, () => reject(late));
    work.then(resolve, reject).finally(cancel);
  });
}
