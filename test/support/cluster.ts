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
}

const READY_WITHIN_MS = 30_000;

export async function startCluster({ nodes: environments }: ClusterOptions): Promise<TestCluster> {
  const nats = await startNatsServer();
  const folder = join(temporaryFolder(), "data");
  let server: EmbeddedPostgres = await startEmbeddedPostgres({ dataFolder: folder, command: "the cluster's tests" });
  const target = { host: "127.0.0.1", port: portOf(server) };
  const proxy = await startTcpProxy(target);
  const through = new URL(server.url);
  through.port = String(proxy.port);
  const databaseUrl = through.href;
  await migrate(databaseUrl);

  const nodes = environments.map((own, i) =>
    clusterNode(`node-${i + 1}`, { DATABASE_URL: databaseUrl, NATS_URL: nats.url, LOG_LEVEL: "warn", ...own })
  );
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
      await proxy.close();
      await server.stop();
      await nats.kill();
    },
  };
}

function clusterNode(name: string, environment: Readonly<Record<string, string>>): ClusterNode {
  const node: ClusterNode = {
    name,
    program: undefined!,
    client: undefined!,
    isRunning: false,
    async start() {
      node.program = runProgram("src/main.ts", {
        args: ["--no-demo"],
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
