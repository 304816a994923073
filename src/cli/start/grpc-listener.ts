/** The HTTP/2 server for gRPC: cleartext with prior knowledge (h2c), which is how gRPC speaks inside a network. */
import {
  createServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import type { Socket } from "node:net";
import { type Clock, systemClock } from "../../kernel/clock.ts";
import { bindPort, type PortWish } from "./bind-port.ts";

export type OnRequest = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

export interface GrpcListener {
  readonly port: number;
  /** Lets calls in. Those that came before it have waited. */
  open(onRequest: OnRequest): void;
  /** Takes no new calls (GOAWAY), waits up to `graceMs` for those under way, cuts the rest off. */
  close(graceMs: number): Promise<void>;
}

/** Calls at once on one connection. */
const MAX_STREAMS = 256;
const MAX_HEADER_BYTES = 16_384;
/** Asks a silent peer whether it is still there, so that a machine that went away leaves no streams behind. */
const KEEP_ALIVE_MS = 30_000;
/** Who goes on talking after the answer is cut off; the answer itself needs a moment on its way. */
const AFTER_ANSWER_MS = 1_000;

interface Open {
  readonly sockets: Set<Socket>;
  readonly sessions: Set<ServerHttp2Session>;
}

/** @throws StatewrightError `UNAVAILABLE` when there is no port to be had, `USAGE` for an address that is not ours */
export async function listenGrpc(wish: PortWish, clock: Clock = systemClock): Promise<GrpcListener> {
  const door = Promise.withResolvers<OnRequest>();
  const open: Open = { sockets: new Set(), sessions: new Set() };
  const create = () => createGrpcServer(door.promise, open, clock);
  const { server, port } = await bindPort(create, "GRPC_PORT", wish);
  return { port, open: door.resolve, close: (graceMs) => close(server, open, graceMs, clock) };
}

function createGrpcServer(
  door: Promise<OnRequest>,
  { sockets, sessions }: Open,
  clock: Clock,
): Http2Server {
  const server = createServer(
    { settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: MAX_HEADER_BYTES } },
    (request, response) => {
      const { stream } = request;
      stream.once("finish", () => {
        const cancel = clock.schedule(AFTER_ANSWER_MS, () => stream.close());
        stream.once("close", cancel);
      });
      void door.then((onRequest) => onRequest(request, response));
    },
  );
  server.on("connection", (socket: Socket) => {
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    // A peer that breaks the protocol or its connection ends its own session only.
    session.on("error", () => session.destroy());
  });
  return server;
}

async function close(server: Http2Server, { sockets, sessions }: Open, graceMs: number, clock: Clock): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const session of sessions) session.close();
  // Sockets, because a session that is destroyed still waits for its peer to read.
  const cancel = clock.schedule(graceMs, () => sockets.forEach((socket) => socket.destroy()));
  await closed;
  cancel();
}
