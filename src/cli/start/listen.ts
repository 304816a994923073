/** Listening, on the port that was asked for or on the next one that is free. */
import { createServer, type RequestListener, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { answerToUnreadable, responseToUnreadable } from "../../api/rest/unreadable.ts";
import { type Clock, systemClock } from "../../kernel/clock.ts";
import { StatewrightError } from "../../kernel/errors.ts";

export interface ListenOptions {
  readonly host: string;
  /** 0: any. */
  readonly port: number;
  /** True: no other port will do. */
  readonly portIsFixed: boolean;
}

export type Fetch = (request: Request, env: unknown) => Response | Promise<Response>;

export interface Listener {
  readonly port: number;
  /** As people would type it. */
  readonly url: string;
  /** Lets requests in. Those that came before it have waited. */
  open(fetch: Fetch): void;
  /** Takes no new requests, waits up to `graceMs` for those under way, cuts the rest off. */
  close(graceMs: number): Promise<void>;
}

/** How many ports are tried after the first. */
const NEIGHBOURS = 50;

/** @throws StatewrightError `UNAVAILABLE` when there is no port to be had, `USAGE` for an address that is not ours */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { host, port, portIsFixed } = options;
  const door = Promise.withResolvers<Fetch>();
  const last = portIsFixed || port === 0 ? port : Math.min(port + NEIGHBOURS, 65_535);
  for (let candidate = port; candidate <= last; candidate++) {
    const server = createHttpServer(async (request, env) => (await door.promise)(request, env));
    try {
      const actual = await bind(server, host, candidate);
      const url = `http://${hostInUrl(host)}:${actual}`;
      return { port: actual, url, open: door.resolve, close: (graceMs) => close(server, graceMs) };
    } catch (thrown) {
      if (errorCode(thrown) !== "EADDRINUSE") throw cannotListen(thrown, host, candidate);
    }
  }
  const what = portIsFixed ? `HTTP_PORT=${port} is taken` : `Every port from ${port} to ${last} is taken`;
  throw new StatewrightError(
    "UNAVAILABLE",
    `${what} on ${host}. End what listens there, or choose another: HTTP_PORT=${port + 1000} npm start`,
  );
}

function createHttpServer(fetch: Fetch): Server {
  const listener = getRequestListener(fetch, { errorHandler: () => responseToUnreadable() });
  const server = createServer({ requireHostHeader: false }, listener as RequestListener);
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (socket.writable) socket.end(answerToUnreadable(error.code));
  });
  return server;
}

function bind(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

async function close(server: Server, graceMs: number, clock: Clock = systemClock): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cancel = clock.schedule(graceMs, () => server.closeAllConnections());
  await closed;
  cancel();
}

function cannotListen(thrown: unknown, host: string, port: number): StatewrightError {
  switch (errorCode(thrown)) {
    case "EACCES":
      return new StatewrightError(
        "USAGE",
        `HTTP_PORT: this user may not listen on port ${port}. Example: HTTP_PORT=8080`,
      );
    case "EADDRNOTAVAIL":
    case "EINVAL": // Deno's word for it.
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new StatewrightError("USAGE", `HOST: ${host} is no address of this machine. Example: HOST=127.0.0.1`);
    default:
      return StatewrightError.from(thrown);
  }
}

/** Wildcards and the loopback address are reached as localhost, IPv6 needs brackets. */
function hostInUrl(host: string): string {
  if (["127.0.0.1", "::1", "0.0.0.0", "::"].includes(host)) return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

function errorCode(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
}
