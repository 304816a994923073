/** The HTTP/2 server for gRPC: cleartext with prior knowledge (h2c), which is how gRPC speaks inside a network. */
import {
  constants,
  createServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import { MAX_HEADER_BYTES, requireModestHead } from "../../api/message-head.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import { type Clock, sleep, systemClock } from "../../kernel/clock.ts";
import { PROBLEMS } from "../../api/problems.ts";
import { bindPort, type PortWish } from "./bind-port.ts";

export type OnRequest = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

export interface GrpcListener {
  readonly port: number;
  /** Lets calls in. Those that came before it have waited. */
  open(onRequest: OnRequest): void;
  /** Refuses new calls, waits up to `graceMs` for those under way, cuts the rest off. */
  close(graceMs: number): Promise<void>;
}

/** Calls at once on one connection. */
const MAX_STREAMS = 256;
/** More than a request may have, so that it can be told so; beyond that its stream is cut off. */
const MAX_HEADER_PAIRS = 1_000;
/** Asks a silent peer whether it is still there, so that a machine that went away leaves no streams behind. */
const KEEP_ALIVE_MS = 30_000;
/** Who goes on talking after the answer is cut off; the answer itself needs a moment on its way. */
const AFTER_ANSWER_MS = 1_000;
/** A call has ended a moment before its last bytes are gone. */
const FLUSH_MS = 50;
/** What peers have to take the goodbye (GOAWAY) and go. */
const GOODBYE_MS = 100;

interface Open {
  readonly sockets: Set<Socket>;
  readonly sessions: Set<ServerHttp2Session>;
  /** Calls under way. */
  readonly streams: Set<ServerHttp2Stream>;
  isClosing: boolean;
  /** Called when a call that was the last one has ended. */
  onIdle(): void;
}

/** @throws StatewrightError `UNAVAILABLE` when there is no port to be had, `USAGE` for an address that is not ours */
export async function listenGrpc(wish: PortWish, clock: Clock = systemClock): Promise<GrpcListener> {
  const door = Promise.withResolvers<OnRequest>();
  const open: Open = {
    sockets: new Set(),
    sessions: new Set(),
    streams: new Set(),
    isClosing: false,
    onIdle: () => {},
  };
  const create = () => createGrpcServer(door.promise, open, clock);
  const { server, port } = await bindPort(create, "GRPC_PORT", wish);
  return { port, open: door.resolve, close: (graceMs) => close(server, open, graceMs, clock) };
}

function createGrpcServer(door: Promise<OnRequest>, open: Open, clock: Clock): Http2Server {
  const settings = { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: MAX_HEADER_BYTES };
  const server = createServer({ settings, maxHeaderListPairs: MAX_HEADER_PAIRS }, (request, response) => {
    // Nothing was done for it, so every client may send it again, elsewhere (RFC 9113, section 8.7).
    if (open.isClosing) return request.stream.close(constants.NGHTTP2_REFUSED_STREAM);
    follow(request.stream, open, clock);
    try {
      requireModestHead(request);
    } catch (thrown) {
      response.writeHead(PROBLEMS[StatewrightError.from(thrown).code].http).end();
      return;
    }
    void door.then((onRequest) => onRequest(request, response));
  });
  server.on("connection", (socket: Socket) => {
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    open.sockets.add(socket);
    socket.once("close", () => open.sockets.delete(socket));
  });
  server.on("session", (session) => {
    open.sessions.add(session);
    session.once("close", () => open.sessions.delete(session));
    // A peer that breaks the protocol or its connection ends its own session only.
    session.on("error", () => session.destroy());
  });
  return server;
}

function follow(stream: ServerHttp2Stream, open: Open, clock: Clock): void {
  open.streams.add(stream);
  stream.once("close", () => {
    open.streams.delete(stream);
    if (open.streams.size === 0) open.onIdle();
  });
  stream.once("finish", () => {
    const cancel = clock.schedule(AFTER_ANSWER_MS, () => stream.close());
    stream.once("close", cancel);
  });
}

async function close(server: Http2Server, open: Open, graceMs: number, clock: Clock): Promise<void> {
  open.isClosing = true;
  // Calls first: on Deno a server that closes takes those under way along.
  await new Promise<void>((resolve) => {
    const cancel = clock.schedule(graceMs, resolve);
    open.onIdle = () => {
      cancel();
      resolve();
    };
    if (open.streams.size === 0) open.onIdle();
  });
  await sleep(clock, FLUSH_MS);
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const session of open.sessions) session.close();
  // Sockets, because a session that is destroyed still waits for its peer to read.
  const cancel = clock.schedule(GOODBYE_MS, () => open.sockets.forEach((socket) => socket.destroy()));
  await closed;
  cancel();
}
