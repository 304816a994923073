/** One node of a local cluster as a process of its own, started again a while after it ended without being asked to. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Clock, systemClock } from "../../kernel/clock.ts";

export interface NodeProcessOptions {
  readonly name: string;
  readonly args: readonly string[];
  /** All of its environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A line that the node has printed. */
  readonly onLine: (line: string) => void;
}

export interface NodeProcess {
  readonly name: string;
  /** Resolves with the process's id once its banner stands. */
  readonly started: Promise<number>;
  stop(): Promise<void>;
}

/** Long enough to see that the others take over. */
export const RESTART_AFTER_MS = 15_000;
/** The last line of the banner begins with it. */
const BANNER_ENDS = /^ +kill -9 /;

/** As `npm start` says it, and why: docs/performance.md. */
const ROOM = "--max-semi-space-size=64";
/** Run, and not imported. */
const MAIN = join(fileURLToPath(new URL("../../", import.meta.url)), "main.ts");
const ENGINE_ARGS = process.versions["deno"] === undefined
  ? [ROOM]
  : ["run", "-A", "--no-prompt", `--v8-flags=${ROOM}`];

export function runNode(options: NodeProcessOptions, clock: Clock = systemClock): NodeProcess {
  const { name, onLine } = options;
  const first = Promise.withResolvers<number>();
  let child: ChildProcess;
  let ended: Promise<void>;
  let stopped = false;
  let cancelRestart = () => {};

  const launch = () => {
    child = spawn(process.execPath, [...ENGINE_ARGS, MAIN, ...options.args], {
      env: options.environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr]) {
      forEachLine(stream!, (line) => {
        if (BANNER_ENDS.test(line)) first.resolve(child.pid ?? 0);
        onLine(line);
      });
    }
    ended = new Promise((resolve) =>
      child.once("close", (code, signal) => {
        resolve();
        if (stopped) return;
        first.reject(new Error(`${name} ended before it was ready`));
        onLine(`ended (${signal ?? code}); started again in ${RESTART_AFTER_MS / 1_000} s`);
        cancelRestart = clock.schedule(RESTART_AFTER_MS, launch);
      })
    );
  };
  launch();
  return {
    name,
    started: first.promise,
    async stop() {
      stopped = true;
      cancelRestart();
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
        process.kill(child.pid, "SIGTERM");
      }
      await ended;
    },
  };
}

function forEachLine(stream: NodeJS.ReadableStream, handle: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(handle);
  });
  stream.on("end", () => rest && handle(rest));
}
