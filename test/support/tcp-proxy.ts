/** A network between a client and a server that a test can break in the middle of an exchange. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface TcpProxy {
  readonly port: number;
  /** Answers of the server no longer reach the clients that are connected now. */
  swallowAnswers(): void;
  /** What the clients that are connected now send stays in the network until `release`, even when they hang up. */
  holdRequests(): void;
  release(): void;
  /** Cuts every connection on both sides. */
  cut(): void;
  /** Takes no new connections: they are refused. */
  refuse(): Promise<void>;
  close(): Promise<void>;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  swallow: boolean;
  held: Buffer[] | undefined;
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const links = new Set<Link>();
  const listener = createServer((client) => {
    const server = connect(target.port, target.host);
    const link: Link = { client, server, swallow: false, held: undefined };
    links.add(link);
    client.on("data", (bytes: Buffer) => link.held ? link.held.push(bytes) : server.write(bytes));
    server.on("data", (bytes: Buffer) => link.swallow || client.write(bytes));
    client.on("close", () => link.held || server.destroy());
    server.on("close", () => (client.destroy(), links.delete(link)));
    for (const socket of [client, server]) socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    for (const { client, server } of links) {
      client.destroy();
      server.destroy();
    }
  };
  const refuse = () =>
    new Promise<void>((resolve) => {
      listener.close(() => resolve());
      cut();
    });
  return {
    port: (listener.address() as AddressInfo).port,
    swallowAnswers() {
      for (const link of links) link.swallow = true;
    },
    holdRequests() {
      for (const link of links) link.held = [];
    },
    release() {
      for (const link of links) {
        for (const bytes of link.held ?? []) link.server.write(bytes);
        link.held = undefined;
      }
    },
    cut,
    refuse,
    close: () => listener.listening ? refuse() : Promise.resolve(cut()),
  };
}
