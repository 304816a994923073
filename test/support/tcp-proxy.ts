/** A network between a client and a server that a test can break in the middle of an exchange. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface TcpProxy {
  readonly port: number;
  /** Answers of the server no longer reach the clients that are connected now. */
  swallowAnswers(): void;
  /** What the clients that are connected now send stays in the network until `release`, even when they hang up. */
  holdRequests(): void;
  release(): void;
  /** From now on every byte takes that long, either way. */
  delay(ms: number): void;
  /** Half open: connections stand and new ones are taken, and nothing passes either way until `wake`. */
  silence(): void;
  wake(): void;
  /** Cuts every connection on both sides. */
  cut(): void;
  /** Cuts them on the clients' side; what is held still reaches the server. */
  cutClients(): void;
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
  let delayMs = 0;
  let isSilent = false;
  const obey = ({ client, server }: Link) => {
    for (const socket of [client, server]) {
      if (isSilent) socket.pause();
      else socket.resume();
    }
  };
  const listener = createServer((client) => {
    const server = connect(target.port, target.host);
    const link: Link = { client, server, swallow: false, held: undefined };
    links.add(link);
    const there = lane(server, () => delayMs);
    const back = lane(client, () => delayMs);
    client.on("data", (bytes: Buffer) => link.held ? link.held.push(bytes) : there(bytes));
    server.on("data", (bytes: Buffer) => link.swallow || back(bytes));
    obey(link);
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
        if (link.client.destroyed) link.server.end();
      }
    },
    delay: (ms) => void (delayMs = ms),
    silence() {
      isSilent = true;
      links.forEach(obey);
    },
    wake() {
      isSilent = false;
      links.forEach(obey);
    },
    cut,
    cutClients() {
      for (const { client } of links) client.destroy();
    },
    refuse,
    close: () => listener.listening ? refuse() : Promise.resolve(cut()),
  };
}

/** One way through the network: what goes in comes out in its order, each piece after its delay. */
function lane(to: Socket, delayMs: () => number): (bytes: Buffer) => void {
  const onTheWay: { readonly at: number; readonly bytes: Buffer }[] = [];
  const deliver = () => {
    const now = performance.now();
    while (onTheWay.length > 0 && onTheWay[0]!.at <= now) to.write(onTheWay.shift()!.bytes);
    if (onTheWay.length > 0) setTimeout(deliver, onTheWay[0]!.at - now);
  };
  return (bytes) => {
    onTheWay.push({ at: Math.max(performance.now() + delayMs(), onTheWay.at(-1)?.at ?? 0), bytes });
    if (onTheWay.length > 1) return;
    if (delayMs() === 0) deliver();
    else setTimeout(deliver, delayMs());
  };
}
