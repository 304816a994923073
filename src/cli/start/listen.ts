/** The HTTP server. */
import type { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
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
  const listener = getRequestListener(fetch, { errorHandler: () => responseToUnreadable() });
  const server = createServer({ requireHostHeader: false }, listener as RequestListener);
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (socket.writable) socket.end(answerToUnreadable(error.code));
  });
  return server;
}

async function close(server: Server, graceMs: number, clock: Clock = systemClock): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cancel = clock.schedule(graceMs, () => server.closeAllConnections());
  await closed;
  cancel();
}
