/** The HTTP server. */
import type { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
import { MAX_HEADER_BYTES, type MessageHead, requireModestHead } from "../../api/message-head.ts";
import { answerToUnreadable, responseToUnreadable } from "../../api/rest/unreadable.ts";
import { type Clock, systemClock } from "../../kernel/clock.ts";
import { bindPort, type PortWish } from "./bind-port.ts";

export type Fetch = (request: Request, env: unknown) => Response | Promise<Response>;

/** Somebody asks for another protocol than HTTP on this connection. */
export type OnUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface Listener {
  readonly port: number;
  /** As people would type it. */
  readonly url: string;
  /** Lets requests in. Those that came before it have waited. */
  open(fetch: Fetch, onUpgrade?: OnUpgrade): void;
  /** Takes no new requests, waits up to `graceMs` for those under way, cuts the rest off. */
  close(graceMs: number): Promise<void>;
}

/** @throws StatewrightError `UNAVAILABLE` when there is no port to be had, `USAGE` for an address that is not ours */
export async function listen(wish: PortWish): Promise<Listener> {
  const door = Promise.withResolvers<{ readonly fetch: Fetch; readonly onUpgrade: OnUpgrade }>();
  const create = () =>
    createHttpServer(async (request, env) => (await door.promise).fetch(request, env))
      .on("upgrade", (...upgrade) => void door.promise.then(({ onUpgrade }) => onUpgrade(...upgrade)));
  const { server, port, url } = await bindPort(create, "HTTP_PORT", wish);
  return {
    port,
    url,
    open: (fetch, onUpgrade = (_, socket) => socket.destroy()) => door.resolve({ fetch, onUpgrade }),
    close: (graceMs) => close(server, graceMs),
  };
}

function createHttpServer(fetch: Fetch): Server {
  const modest = (request: Request, env: { readonly incoming: MessageHead }) => {
    requireModestHead(env.incoming);
    return fetch(request, env);
  };
  const listener = getRequestListener(modest, { errorHandler: responseToUnreadable });
  const options = { requireHostHeader: false, maxHeaderSize: MAX_HEADER_BYTES };
  const server = createServer(options, (incoming, outgoing) => {
    if (incoming.method !== "GET") outgoing.once("finish", () => drain(incoming));
    void listener(incoming, outgoing);
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (socket.writable) socket.end(answerToUnreadable(error.code));
  });
  return server;
}

/**
 * An answer that did not wait for all of its request leaves the rest on the connection, before the next request. Nobody
 * will read it any more, whoever began to; the library would cut the connection half a second later.
 */
function drain(incoming: IncomingMessage): void {
  if (!incoming.readableEnded) incoming.removeAllListeners("data").resume();
}

async function close(server: Server, graceMs: number, clock: Clock = systemClock): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cancel = clock.schedule(graceMs, () => server.closeAllConnections());
  await closed;
  cancel();
}
