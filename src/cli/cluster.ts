/** `npm run cluster -- 3`: several nodes of the shop on one PostgreSQL and one NATS server, without containers. */
import { join } from "node:path";
import { defineCommand } from "citty";
import { inheritedEnvironment, readConfig } from "../config.ts";
import { StatewrightError } from "../kernel/errors.ts";
import { startEmbeddedPostgres } from "../store/embedded/embedded-postgres.ts";
import { migrate } from "../store/postgres/migrate.ts";
import { findNatsServer } from "./cluster/nats-binary.ts";
import { startNats } from "./cluster/nats-process.ts";
import { type NodeProcess, RESTART_AFTER_MS, runNode } from "./cluster/node-process.ts";
import { print, runCommandLine } from "./command-line.ts";
import { type Lifetime, liveUntilSignal } from "./start/lifetime.ts";

const MAX_NODES = 8;

interface Servers {
  readonly databaseUrl: string;
  readonly natsUrl: string;
}

async function start(nodes: number, flags: { fresh: boolean; demo: boolean }, life: Lifetime): Promise<void> {
  const config = readConfig();
  if (config.hasTaskRunner) life.endWithParent();
  const servers = await startServers(config, flags.fresh, life);
  const running: NodeProcess[] = [];
  for (let n = 1; n <= nodes; n++) {
    const name = `node-${n}`;
    const node = runNode({
      name,
      // One of them places the demo orders.
      args: flags.demo && n === 1 ? [] : ["--no-demo"],
      environment: {
        ...inheritedEnvironment(),
        DATABASE_URL: servers.databaseUrl,
        NATS_URL: servers.natsUrl,
        NODE_ID: name,
        HTTP_PORT: String(config.httpPort + n - 1),
        GRPC_PORT: String(config.grpcPort + n - 1),
        // Tells the node to end with this process.
        INIT_CWD: process.cwd(),
      },
      onLine: (line) => void (isBanner(line) || print(`[${name}] ${line}`)),
    });
    running.push(node);
    life.onEnd(() => node.stop());
  }
  const pids = await Promise.all(running.map((node) => node.started));
  await print(banner(config.httpPort, servers, pids));
}

async function startServers(
  config: ReturnType<typeof readConfig>,
  fresh: boolean,
  life: Lifetime,
): Promise<Servers> {
  let databaseUrl = config.databaseUrl;
  if (databaseUrl === undefined) {
    const embedded = await startEmbeddedPostgres({
      dataFolder: config.dataFolder,
      fresh,
      command: "npm run cluster",
    });
    life.onEnd(() => embedded.stop());
    databaseUrl = embedded.url;
  }
  await migrate(databaseUrl);
  if (config.natsUrl !== undefined) return { databaseUrl, natsUrl: config.natsUrl };
  const found = await findNatsServer(config.natsServerBin);
  if ("missing" in found) throw new StatewrightError("UNAVAILABLE", found.missing);
  const nats = await startNats(found.path, join(config.dataFolder, "nats"));
  life.onEnd(() => nats.stop());
  return { databaseUrl, natsUrl: nats.url };
}

/** What each node says of itself stands in the cluster's banner already; what it logs is JSON or a sentence. */
function isBanner(line: string): boolean {
  return line === "" || line.startsWith("  ");
}

function banner(firstPort: number, { natsUrl }: Servers, pids: readonly number[]): string {
  const nodes = pids.map((pid, i) => `  node-${i + 1}   http://localhost:${firstPort + i}   pid ${pid}`);
  return [
    "",
    `  ${pids.length} nodes on one PostgreSQL and ${natsUrl}`,
    "",
    ...nodes,
    "",
    `  Try: kill -9 ${pids.at(-1)}   the others take over within 10 s; it is started again after ${
      RESTART_AFTER_MS / 1_000
    } s`,
    `       kill -TERM ${pids.at(-1)}   they take over at once`,
    "",
  ].join("\n");
}

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MAX_NODES) return count;
  throw new StatewrightError("USAGE", `"${text}" is no number of nodes. Example: npm run cluster -- 3 (at most 8)`);
}

const command = defineCommand({
  meta: { name: "npm run cluster --", description: "Runs several nodes of the shop until Ctrl-C" },
  args: {
    nodes: { type: "positional", description: "how many, 1 to 8", required: false, default: "3" },
    fresh: { type: "boolean", description: "throw away what the embedded PostgreSQL holds" },
    demo: {
      type: "boolean",
      default: true,
      description: "place demo orders",
      negativeDescription: "place no demo orders",
    },
  },
  run: ({ args }) =>
    liveUntilSignal((life) => start(countOf(args.nodes), { fresh: args.fresh === true, demo: args.demo }, life)),
});

await runCommandLine({
  command,
  examples: [
    "npm run cluster -- 3",
    "HTTP_PORT=9000 npm run cluster -- 2 --fresh",
    "DATABASE_URL=postgres://… NATS_URL=nats://localhost:4222 npm run cluster -- 3",
  ],
}, process.argv.slice(2));
