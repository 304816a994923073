/** Real processes for tests: starting them, hearing them, and seeing what is left of them. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

export const isRoot = process.getuid?.() === 0;

/** The user that owns nothing, and another ordinary one that every Unix has (initdb looks its name up): daemon. */
export const NOBODY = 65534;
export const SOMEBODY = 1;

/** What the engine that runs the test needs to be told before a file's name. */
export const ENGINE_ARGS = process.versions["deno"] === undefined ? [] : ["run", "-A", "--no-prompt"];

/** As `npm start` has it: without it half the time of a test with programs goes into compiling the same again. */
const NODE_COMPILE_CACHE = join(tmpdir(), "node-compile-cache");

export interface ProgramOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly cwd?: string;
  /** With a channel between the two, for `send`. */
  readonly channel?: boolean;
}

export interface Program {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Resolves once the text stands on either output; rejects when the program ends first. */
  says(text: string | RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  /** Over the channel. */
  send(message: object): void;
  /** The exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
}

const started = new Set<ChildProcess>();

/** Runs a file of ours under the engine that runs the test, with nothing of this environment but PATH. */
export function runProgram(file: string, options: ProgramOptions = {}): Program {
  const { args = [], env = {}, uid, cwd = REPOSITORY, channel = false } = options;
  const child = spawn(
    process.execPath,
    [...ENGINE_ARGS, fileURLToPath(new URL(file, `file://${REPOSITORY}`)), ...args],
    {
      cwd,
      env: { PATH: "/usr/bin:/bin", NODE_COMPILE_CACHE, ...env },
      stdio: ["ignore", "pipe", "pipe", ...channel ? ["ipc" as const] : []],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    },
  );
  started.add(child);
  let [stdout, stderr] = ["", ""];
  const listeners = new Set<() => void>();
  const heard = () => listeners.forEach((listener) => listener());
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text, heard()));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text, heard()));
  const ended = new Promise<number | string>((resolve) => {
    child.on("close", (code, signal) => (started.delete(child), resolve(code ?? signal ?? "unknown")));
    child.on("error", (error) => (started.delete(child), resolve(error.message)));
  });
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    says: (text) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const all = stdout + stderr;
          const found = typeof text === "string" ? all.includes(text) && text : text.exec(all)?.[0];
          if (found) resolve(found);
        };
        listeners.add(check);
        check();
        void ended.then((code) => reject(new Error(`Ended with ${code} before it said ${text}:\n${stdout}${stderr}`)));
      }),
    // Not child.kill: on Deno whoever was sent a signal counts as ended by it, whatever its exit code.
    kill: (signal) => void process.kill(child.pid ?? 0, signal),
    send: (message) => void child.send(message),
    ended,
  };
}

/** Ends what a test left running. For `afterEach`. */
export async function killPrograms(): Promise<void> {
  await Promise.all([...started].map((child) =>
    new Promise((resolve) => {
      child.once("close", resolve);
      child.kill("SIGKILL");
    })
  ));
}

/** The living processes that have to do with a folder: it is in their command line, or they stand in it. */
export function processesOf(folder: string): number[] {
  if (process.platform !== "linux") {
    const lines = execFileSync("ps", ["-ax", "-o", "pid=,command="], { encoding: "utf8" }).split("\n");
    return lines.filter((line) => line.includes(folder)).map((line) => Number.parseInt(line, 10));
  }
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && concerns(name, folder)).map(Number);
}

function concerns(pid: string, folder: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder) ||
      readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
  } catch {
    return false;
  }
}
