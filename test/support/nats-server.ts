/** Real nats-servers with JetStream for tests and benches, each with a port and a store of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findNatsServer, type NatsBinary } from "../../src/cli/cluster/nats-binary.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export interface NatsServerOptions {
  /** Default: a new temporary folder (test/support/temporary-folder.ts removes it). */
  readonly storeDir?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** More lines of its configuration file: `max_payload: 64KB`. */
  readonly config?: string;
}

export interface NatsServer {
  readonly url: string;
  readonly port: number;
  /** The folder that holds what JetStream keeps; to be copied while it does not run. */
  readonly storeDir: string;
  /** SIGKILL; resolves once it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves once it is gone. */
  stop(): Promise<void>;
  /** Starts it again, on the same port and store. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stand, nobody answers. */
  pause(): void;
  resume(): void;
}

const READY_WITHIN_MS = 20_000;

let binary: Promise<NatsBinary> | undefined;

/** Looks once a process. */
export function natsBinary(): Promise<NatsBinary> {
  return binary ??= findNatsServer(process.env["NATS_SERVER_BIN"] || undefined);
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) signal(child, "SIGKILL");
});

/** Ends every server that still runs. For `afterAll`. */
export async function stopNatsServers(): Promise<void> {
  await Promise.all([...running].map((child) => end(child, "SIGKILL")));
}

/** Starts a server and waits until it takes connections. */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const found = await natsBinary();
  if ("missing" in found) throw new Error(found.missing);
  const storeDir = options.storeDir ?? join(temporaryFolder(), "jetstream");
  const configFile = join(temporaryFolder(), "nats-server.conf");
  let port = options.port ?? -1;

  const start = async () => {
    writeFileSync(
      configFile,
      `listen: "127.0.0.1:${port}"\njetstream { store_dir: "${storeDir}" }\n${options.config ?? ""}\n`,
    );
    const child = spawn(found.path, ["-c", configFile], { stdio: ["ignore", "ignore", "pipe"] });
    running.add(child);
    for (const end of ["exit", "error"]) child.once(end, () => running.delete(child));
    port = await portOf(child);
    return child;
  };

  let child = await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    storeDir,
    kill: () => end(child, "SIGKILL"),
    stop: () => end(child, "SIGTERM"),
    async restart() {
      await end(child, "SIGTERM");
      child = await start();
    },
    pause: () => signal(child, "SIGSTOP"),
    resume: () => signal(child, "SIGCONT"),
  };
}

/** Its port, once it says that it is ready. */
async function portOf(child: ChildProcess): Promise<number> {
  let said = "";
  return await new Promise<number>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`nats-server ${why}:\n${said}`));
    const timer = setTimeout(() => fail("is not ready"), READY_WITHIN_MS);
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code) => fail(`ended with ${code}`));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      // Its later words are read and forgotten, so that it never waits for a full pipe.
      if (said.includes("Server is ready")) return;
      said += text;
      if (!said.includes("Server is ready")) return;
      clearTimeout(timer);
      resolve(Number(/client connections on [^\n]*:(\d+)/.exec(said)?.[1]));
    });
  });
}

async function end(child: ChildProcess, by: NodeJS.Signals): Promise<void> {
  if (!running.has(child)) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  signal(child, by);
  // A stopped process takes no other signal than SIGKILL.
  signal(child, "SIGCONT");
  await ended;
}

/** Not child.kill: on Deno whoever was sent a signal counts as ended by it. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (running.has(child) && child.pid !== undefined) process.kill(child.pid, name);
}
