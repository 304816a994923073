/**
 * The sockets of the NATS client. Its own transport takes all listeners off a socket that it has done with; when that
 * socket fails before it is closed, the failure is nobody's and ends the process. Seen on Deno, when the server resets
 * the connection of a client that it does not let in (1 of 300).
 */
import {
  type ConnectionOptions,
  type NatsConnection,
  NatsConnectionImpl,
  setTransportFactory,
} from "@nats-io/transport-node";
import { nodeResolveHost, NodeTransport } from "@nats-io/transport-node/lib/node_transport.js";

type Address = Parameters<NodeTransport["dial"]>[0];

/** The client's transport, of which no socket's failure is nobody's. */
export class Transport extends NodeTransport {
  override async dial(address: Address) {
    return heard(await super.dial(address));
  }

  override async tlsFirst(address: Address) {
    return heard(await super.tlsFirst(address));
  }

  override async startTLS() {
    return heard(await super.startTLS());
  }
}

/** The socket, whose errors have a listener whatever is taken off it. */
function heard<Socket extends NodeTransport["socket"]>(socket: Socket): Socket {
  const removeAllListeners = socket.removeAllListeners.bind(socket);
  const ignore = () => {};
  socket.removeAllListeners = (...names) => {
    removeAllListeners(...names);
    return socket.on("error", ignore);
  };
  return socket.on("error", ignore);
}

/** What `connect` of the client does, over these sockets. */
export async function connect(options: ConnectionOptions): Promise<NatsConnection> {
  setTransportFactory({ factory: () => new Transport(), dnsResolveFn: nodeResolveHost });
  const client = await NatsConnectionImpl.connect(options);
  void endHopelessDials(client as NatsConnectionImpl);
  return client;
}

/**
 * When a server dies after its first words, and before it has let the client in, the client waits for the answer until
 * its time-out, and hears and says nothing until then.
 */
async function endHopelessDials(client: NatsConnectionImpl): Promise<void> {
  for await (const { type } of client.status()) {
    const { transport, connectError } = client.protocol;
    if (type === "disconnect" && transport.isClosed) connectError?.(new Error("The server has gone"));
  }
}
