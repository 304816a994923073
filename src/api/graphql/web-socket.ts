/** graphql-ws: the same operations over WebSockets (https://github.com/enisdenny/graphql-ws/blob/master/PROTOCOL.md). */
import type { Buffer } from "node:buffer";
import { CloseCode, handleProtocols, type Server } from "graphql-ws";
import { type WebSocket, WebSocketServer } from "ws";
import { StatewrightError } from "../../kernel/errors.ts";
import { MAX_BODY_BYTES } from "../request-body.ts";
import { readJson } from "../strict-json.ts";
import type { GraphQLDependencies } from "./dependencies.ts";
import { createProtocol, type Opened } from "./socket-operations.ts";
import type { Yoga } from "./yoga.ts";

type NodeSocketServer = InstanceType<typeof WebSocketServer>;
type UpgradeArguments = Parameters<NodeSocketServer["handleUpgrade"]>;

export type OnUpgrade = (request: UpgradeArguments[0], socket: UpgradeArguments[1], head: Buffer) => void;

export interface SocketServer {
  readonly onUpgrade: OnUpgrade;
  /** Sends everybody elsewhere. */
  close(): void;
}

/** At once on a node. */
const MAX_SOCKETS = 1_000;
/** Asks a silent peer whether it is still there; one that does not answer until the next time is cut off. */
const KEEP_ALIVE_MS = 15_000;
/** Who has not gone by then is cut off. */
const GOODBYE_MS = 1_000;

export function createSocketServer(path: string, yoga: Yoga, dependencies: GraphQLDependencies): SocketServer {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_BODY_BYTES, handleProtocols });
  const server = createProtocol(yoga, dependencies);
  let isClosed = false;
  return {
    onUpgrade(request, socket, head) {
      socket.on("error", () => socket.destroy());
      const { pathname } = new URL(request.url ?? "/", "http://localhost");
      const isFull = isClosed || sockets.clients.size >= MAX_SOCKETS;
      if (pathname !== path || !isOwnOrigin(request.headers) || isFull) {
        const status = pathname !== path ? "404 Not Found" : isFull ? "503 Service Unavailable" : "403 Forbidden";
        socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
        return;
      }
      sockets.handleUpgrade(request, socket, head, (opened) => {
        keepAlive(opened, dependencies);
        serve(server, opened, { headers: request.headers }, dependencies);
      });
    },
    close() {
      isClosed = true;
      for (const socket of sockets.clients) socket.close(1001, "This node is stopping");
      dependencies.clock.schedule(GOODBYE_MS, () => sockets.clients.forEach((socket) => socket.terminate()));
    },
  };
}

/** Browsers say where a page is from, and send a socket's request for any page: this is what keeps others' pages out. */
function isOwnOrigin({ origin, host }: Opened["headers"]): boolean {
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

function serve(
  server: Server<Opened>,
  socket: WebSocket,
  extra: Opened,
  { logger }: Pick<GraphQLDependencies, "logger">,
): void {
  const closed = server.opened({
    protocol: socket.protocol,
    send: (text) =>
      new Promise((resolve, reject) => {
        if (socket.readyState !== socket.OPEN) return resolve();
        socket.send(text, (error) => error ? reject(error) : resolve());
      }),
    close: (code, reason) => socket.close(code, reason),
    onMessage(take) {
      socket.on("message", (data: Buffer, isBinary) => {
        let text: string;
        try {
          if (isBinary) throw new StatewrightError("MALFORMED", "Messages are text");
          text = JSON.stringify(readJson(data.toString()));
        } catch (thrown) {
          return socket.close(CloseCode.BadRequest, StatewrightError.from(thrown).message.slice(0, 100));
        }
        take(text).catch((thrown: unknown) => {
          logger.debug({ error: String(thrown) }, "a socket broke off");
          socket.close(CloseCode.InternalServerError, "Something unexpected went wrong");
        });
      });
    },
  }, extra);
  socket.once("close", (code, reason) => void closed(code, String(reason)));
  // Whatever it was, it ends this socket only.
  socket.on("error", () => socket.terminate());
}

function keepAlive(socket: WebSocket, { clock }: Pick<GraphQLDependencies, "clock">): void {
  let isAlive = true;
  let cancel = () => {};
  const ask = () => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
    cancel = clock.schedule(KEEP_ALIVE_MS, ask);
  };
  socket.on("pong", () => isAlive = true);
  socket.once("close", () => cancel());
  cancel = clock.schedule(KEEP_ALIVE_MS, ask);
}
