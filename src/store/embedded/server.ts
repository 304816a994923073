/**
 * The server process and its keeper. The keeper is a small shell script in a session of its own, so that Ctrl-C does
 * not reach it. It starts the server and then reads from a pipe that only this process writes to: when this process
 * ends, however it ends, the pipe closes and the keeper shuts the server down.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { sleep, systemClock } from "../../kernel/clock.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import type { Binaries } from "./binaries.ts";
import type { Cluster } from "./cluster.ts";
import { freePort } from "./free-port.ts";
import { commandLine } from "./process-identity.ts";
import { POSTGRES_ENVIRONMENT, type PostgresUser, runAs } from "./postgres-user.ts";

export interface Server {
  readonly port: number;
  /** Resolves when the server has ended, asked to or not. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/**
 * $1 pg_ctl · $2 the data · $3 the log · the rest: the server's command.
 * The inner shell waits for the end of the pipe; the outer one for the end of the server, and exits with it. pg_ctl
 * signals only the process that postmaster.pid names. After "fast" has had its time comes "immediate", then SIGKILL.
 */
const KEEPER = `
exec 3<&0 </dev/null
pg_ctl=$1 data=$2 log=$3
shift 3
"$@" 3<&- >"$log" 2>&1 &
server=$!
(
  read -r _ <&3
  trap '' TERM
  "$pg_ctl" stop -s -D "$data" -m fast -t 5 ||
    "$pg_ctl" stop -s -D "$data" -m immediate -t 2 ||
    kill -KILL "$server"
) >/dev/null 2>&1 &
keeper=$!
exec 3<&-
wait "$server"
kill -TERM "$keeper" 2>/dev/null
wait "$keeper"
`;

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "100",
  shared_buffers: "128MB",
  fsync: "on",
  synchronous_commit: "on",
  // Two cores: no extra processes for reading, no parallel queries.
  io_method: "sync",
  max_parallel_workers_per_gather: "0",
  timezone: "UTC",
  log_timezone: "UTC",
  log_min_messages: "warning",
};

const START_DEADLINE_MS = 60_000;
const POLL_MS = 10;

/** Starts the server and waits until it takes connections. Rejects with `UNAVAILABLE` and the log's last word. */
export async function startServer(cluster: Cluster, binaries: Binaries, user: PostgresUser): Promise<Server> {
  let failure = "";
  // The free port may be gone by the time the server asks for it, and a server that was killed may take a moment
  // to let go of its shared memory.
  for (let attempt = 1; attempt <= 3; attempt++) {
    const server = launch(cluster, binaries, user, await freePort());
    if (await isReady(cluster, server)) return server;
    failure = lastWord(cluster);
    await server.stop();
  }
  throw new StatewrightError(
    "UNAVAILABLE",
    `The embedded PostgreSQL did not start: ${failure} (all of it: ${cluster.log})`,
  );
}

/** The port of the server that runs on this cluster and takes connections, if one does. */
export function runningPort(cluster: Cluster): number | undefined {
  const lines = postmasterFile(cluster);
  return lines[7]?.trim() === "ready" && isOurs(cluster, Number(lines[0])) ? Number(lines[3]) : undefined;
}

function launch(cluster: Cluster, binaries: Binaries, user: PostgresUser, port: number): Server {
  const command = [join(binaries.bin, "postgres"), "-D", cluster.data, "-p", String(port)];
  for (const [name, value] of Object.entries(SETTINGS)) command.push("-c", `${name}=${value}`);
  const keeper = spawn(
    "/bin/sh",
    ["-c", KEEPER, "statewright-keeper", join(binaries.bin, "pg_ctl"), cluster.data, cluster.log, ...command],
    { ...user, cwd: cluster.folder, env: POSTGRES_ENVIRONMENT, detached: true, stdio: ["pipe", "ignore", "ignore"] },
  );
  const ended = new Promise<void>((resolve) => {
    keeper.once("exit", () => resolve());
    keeper.once("error", () => resolve());
  });
  keeper.stdin?.on("error", () => {});
  return { port, ended, stop: () => stop(keeper, ended) };
}

async function stop(keeper: ChildProcess, ended: Promise<void>): Promise<void> {
  keeper.stdin?.destroy();
  await ended;
}

async function isReady(cluster: Cluster, server: Server): Promise<boolean> {
  let ended = false;
  void server.ended.then(() => ended = true);
  for (let waitedMs = 0; waitedMs < START_DEADLINE_MS && !ended; waitedMs += POLL_MS) {
    if (runningPort(cluster) === server.port) return true;
    await sleep(systemClock, POLL_MS);
  }
  return false;
}

/**
 * Ends what an earlier process left behind: a server that is still shutting down or whose keeper was killed too, or
 * only its postmaster.pid, whose number another process may have got by now. Call it while holding the folder's lock.
 */
export async function stopLeftover(cluster: Cluster, binaries: Binaries, user: PostgresUser): Promise<void> {
  const pid = Number(postmasterFile(cluster)[0]);
  if (!(pid > 0)) return;
  for (const mode of ["fast", "immediate"]) {
    if (!isOurs(cluster, pid)) break;
    const args = ["stop", "-s", "-D", cluster.data, "-m", mode, "-t", "8"];
    await runAs(user, join(binaries.bin, "pg_ctl"), args, { cwd: cluster.folder, timeoutMs: 10_000 }).catch(() => "");
  }
  if (!isOurs(cluster, pid)) rmSync(join(cluster.data, "postmaster.pid"), { force: true });
}

/** True when that process is the server of this cluster; its keeper's command line contains the server's. */
function isOurs(cluster: Cluster, pid: number): boolean {
  const command = commandLine(pid) ?? "";
  return command.includes(`/postgres -D ${cluster.data} `) && !command.startsWith("/bin/sh ");
}

function postmasterFile(cluster: Cluster): string[] {
  const file = join(cluster.data, "postmaster.pid");
  try {
    return readFileSync(file, "utf8").split("\n");
  } catch {
    return [];
  }
}

function lastWord(cluster: Cluster): string {
  if (!existsSync(cluster.log)) return "its program cannot be run";
  const lines = readFileSync(cluster.log, "utf8").trim().split("\n");
  return lines.findLast((line) => /FATAL|PANIC|ERROR|error/.test(line)) ?? lines.at(-1) ?? "";
}
