/**
 * A cluster as an operator would run it: node processes on a PostgreSQL with all its durability and a nats-server, each
 * of which can be killed, stopped, held and started again. The database is reached through a proxy, so that it keeps
 * its address.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../src/store/embedded/embedded-postgres.ts";
import { migrate } from "../../src/store/postgres/migrate.ts";
import { eventually } from "./eventually.ts";
import { type NatsServer, startNatsServer } from "./nats-server.ts";
import { once } from "./postgres.ts";
import { type Program, runProgram } from "./programs.ts";
import { type ShopClient, shopClient } from "./shop-client.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export interface ClusterNode {
  readonly name: string;
  client: ShopClient;
  program: Program;
  /** Ends it by a signal, and waits until it is gone. */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
  start(): Promise<void>;
  isRunning: boolean;
  /** What it alone reaches the servers through, when `breakableWires` was asked for. */
  readonly wires: Wires | undefined;
}

export interface Wires {
  readonly database: TcpProxy;
  readonly nats: TcpProxy;
}

export interface TestCluster {
  readonly nodes: readonly ClusterNode[];
  readonly nats: NatsServer;
  readonly databaseUrl: string;
  readonly database: {
    /** SIGKILL of the whole server; resolves once it is gone. */
    kill(): Promise<void>;
    start(): Promise<void>;
    readonly proxy: TcpProxy;
  };
  query(text: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  /** The environment of each node, besides what all have; as many nodes as there are. */
  readonly nodes: readonly Readonly<Record<string, string>>[];
  /** What each node runs. Default: `src/main.ts`; anything else has a channel to this process. */
  readonly program?: string;
  /** Puts proxies between each node and its servers. */
  readonly breakableWires?: boolean;
}

const READY_WITHIN_MS = 30_000;

export async function startCluster(options: ClusterOptions): Promise<TestCluster> {
  const { nodes: environments, program = "src/main.ts", breakableWires = false } = options;
  const nats = await startNatsServer();
  const folder = join(temporaryFolder(), "data");
  let server: EmbeddedPostgres = await startEmbeddedPostgres({ dataFolder: folder, command: "the cluster's tests" });
  const target = { host: "127.0.0.1", port: portOf(server) };
  const proxy = await startTcpProxy(target);
  const databaseUrl = withPort(server.url, proxy.port);
  await migrate(databaseUrl);
  const layWires = async (): Promise<Wires> => ({
    database: await startTcpProxy(target),
    nats: await startTcpProxy({ host: "127.0.0.1", port: nats.port }),
  });

  const nodes = await Promise.all(environments.map(async (own, i) => {
    const wires = breakableWires ? await layWires() : undefined;
    const environment = {
      DATABASE_URL: wires ? withPort(databaseUrl, wires.database.port) : databaseUrl,
      NATS_URL: wires ? withPort(nats.url, wires.nats.port) : nats.url,
      LOG_LEVEL: "warn",
      ...own,
    };
    return clusterNode(`node-${i + 1}`, { program, environment, wires });
  }));
  await Promise.all(nodes.map((node) => node.start()));
  return {
    nodes,
    nats,
    databaseUrl,
    database: {
      proxy,
      async kill() {
        const [pid] = readFileSync(join(folder, "postgres", "data", "postmaster.pid"), "utf8").split("\n");
        process.kill(Number(pid), "SIGKILL");
        await server.ended;
        proxy.cut();
        await server.stop();
      },
      async start() {
        server = await startEmbeddedPostgres({ dataFolder: folder, command: "the cluster's tests" });
        target.port = portOf(server);
      },
    },
    query: (text) => once(databaseUrl, text),
    async stop() {
      await Promise.all(nodes.map((node) => node.end("SIGKILL")));
      await Promise.all(
        [proxy, ...nodes.flatMap(({ wires }) => Object.values(wires ?? {}))].map((each) => each.close()),
      );
      await server.stop();
      await nats.kill();
    },
  };
}

interface NodeOptions {
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly wires: Wires | undefined;
}

function clusterNode(name: string, { program, environment, wires }: NodeOptions): ClusterNode {
  const node: ClusterNode = {
    name,
    wires,
    program: undefined!,
    client: undefined!,
    isRunning: false,
    async start() {
      node.program = runProgram(program, {
        args: ["--no-demo"],
        channel: program !== "src/main.ts",
        env: { HTTP_PORT: "0", GRPC_PORT: "0", NODE_ID: name, ...environment },
      });
      const url = (await node.program.says(/http:\/\/localhost:\d+(?=\/v1\/orders)/)).replace("localhost", "127.0.0.1");
      node.client = shopClient(url);
      node.isRunning = true;
      await eventually(async () => {
        const { status, body } = await node.client.get("/readyz");
        if (status !== 200) throw new Error(`${name} is not ready: ${JSON.stringify(body)}`);
      }, READY_WITHIN_MS);
    },
    async end(signal) {
      if (!node.isRunning) return;
      node.isRunning = false;
      node.program.kill(signal);
      // A held process hears of SIGTERM only when it goes on.
      node.program.kill("SIGCONT");
      await node.program.ended;
    },
  };
  return node;
}

function portOf(server: EmbeddedPostgres): number {
  return Number(new URL(server.url).port);
}

function withPort(url: string, port: number): string {
  const other = new URL(url);
  other.port = String(port);
  return other.href;
}
