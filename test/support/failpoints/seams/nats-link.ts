/** The link between nodes, with failpoints where one has done what another asked for. */
import type { Nats } from "../../../../src/messaging/jetstream/connection.ts";
import { createNatsLink as create } from "../../../../src/messaging/jetstream/nats-link.ts";
import type { NodeLink } from "../../../../src/messaging/node-link.ts";
import { passing } from "../failpoint.ts";

export function createNatsLink(nats: Nats): NodeLink {
  const link = create(nats);
  return {
    serve: (address, handle) =>
      link.serve(address, async (request) => {
        const answer = await handle(request);
        passing("link before answer");
        // By then the answer is on its way.
        setImmediate(() => passing("link after answer"));
        return answer;
      }),
    request: (address, request, timeoutMs) => link.request(address, request, timeoutMs),
  };
}
