/** `npm start` as a process: how it begins, how it ends, whom it refuses, and what each mistake is told. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { eventually } from "./support/eventually.ts";
import {
  ENGINE_ARGS,
  isRoot,
  killPrograms,
  processesOf,
  type Program,
  REPOSITORY,
  runProgram,
  SOMEBODY,
} from "./support/programs.ts";
import { removeLater, removeTemporaryFolders, temporaryFolder } from "./support/temporary-folder.ts";

/** One folder for all: a start on it finds what the one before has left, as it is in life. */
const folder = temporaryFolder();
const data = join(folder, "data");

afterEach(async () => {
  await killPrograms();
  await eventually(() => expect(processesOf(folder)).toEqual([]), 15_000);
});
afterAll(removeTemporaryFolders);

function start({ args = ["--no-demo"], env = {}, ...rest }: Parameters<typeof runProgram>[1] = {}): Program {
  return runProgram("src/main.ts", { args, env: { HTTP_PORT: "0", STATEWRIGHT_DATA: data, ...env }, ...rest });
}

async function urlOf(program: Program): Promise<string> {
  await program.says("Try: ");
  return (await program.says(/http:\/\/localhost:\d+/)).replace("localhost", "127.0.0.1");
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.status;
}

async function addCustomer(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/v1/customers`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": "the-same" },
    body: JSON.stringify({ name: "Ada", email: "ada@example.com" }),
  });
  return {
    status: response.status,
    location: response.headers.get("location"),
    replayed: response.headers.get("idempotency-replayed"),
  };
}

function lines(text: string): string[] {
  return text.trimEnd().split("\n");
}

describe("a start", () => {
  test("is ready with its demo orders, and says what it uses, where it is and what to try", async () => {
    const program = start({ args: [] });
    const url = await urlOf(program);
    expect(await statusOf(`${url}/readyz`)).toBe(200);
    expect(program.stdout()).toMatch(/store +embedded PostgreSQL 18\.\d+ in .*data +set DATABASE_URL for your own/);
    expect(program.stdout()).toMatch(/bus +in-process/);
    expect(program.stdout()).toMatch(/shop +\d+ orders: \d+ delivered · \d+ compensated/);
    expect(program.stdout()).toContain(`kill -9 ${program.pid}`);
    expect(program.stderr()).toBe("");
    const { items } = await (await fetch(`${url}/v1/orders?limit=100`)).json() as { items: unknown[] };
    expect(items.length).toBeGreaterThanOrEqual(40);
  });

  test("on data that another start uses touches nothing, names that one and gives up", async () => {
    const first = start();
    const url = await urlOf(first);
    const second = start({ args: ["--fresh"] });
    expect(await second.ended).toBe(1);
    expect(second.stdout()).toBe("");
    expect(lines(second.stderr())).toEqual([
      expect.stringContaining(`process ${first.pid} at ${url.replace("127.0.0.1", "localhost")}.`),
    ]);
    expect(await statusOf(`${url}/readyz`)).toBe(200);
  });

  test.skipIf(!isRoot)("works for an ordinary user without a home who cannot write here", async () => {
    const program = runProgram("src/main.ts", {
      args: ["--no-demo"],
      env: { HTTP_PORT: "0" },
      uid: SOMEBODY,
      cwd: folder,
    });
    const url = await urlOf(program);
    const instead = /in (\/var\/tmp\/statewright-\S+)/.exec(program.stdout())?.[1] ?? "";
    removeLater(instead);
    expect(program.stdout()).toContain(`as its user cannot reach ${join(folder, ".statewright")}`);
    expect(await statusOf(`${url}/readyz`)).toBe(200);
    program.kill("SIGTERM");
    expect(await program.ended).toBe(0);
    expect(processesOf(instead)).toEqual([]);
  });
});

describe("the end", () => {
  test.each(["SIGTERM", "SIGINT"] as const)("by %s comes within 10 s and leaves no process", async (signal) => {
    const program = start({ args: [] });
    await urlOf(program);
    const began = Date.now();
    program.kill(signal);
    expect(await program.ended).toBe(0);
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(processesOf(folder)).toEqual([]);
  });

  test("by a second signal comes at once, but not by an echo of the first", async () => {
    // The demo's hanging payments make this drain take its time.
    const program = start({ args: [] });
    await urlOf(program);
    program.kill("SIGINT");
    program.kill("SIGINT");
    await program.says("Finishing");
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    program.kill("SIGINT");
    // An end that was waited for is 0.
    expect(await program.ended).toBe(1);
  });

  test("comes when the task runner that started it was killed", async () => {
    const runner = spawn("/bin/sh", [
      "-c",
      '"$@" & wait',
      "sh",
      process.execPath,
      ...ENGINE_ARGS,
      "src/main.ts",
      "--no-demo",
    ], {
      cwd: REPOSITORY,
      env: { PATH: "/usr/bin:/bin", HTTP_PORT: "0", STATEWRIGHT_DATA: data, INIT_CWD: REPOSITORY },
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise<void>((resolve) =>
      runner.stdout.on("data", (text) => String(text).includes("Try: ") && resolve())
    );
    expect(processesOf(folder)).not.toEqual([]);
    runner.kill("SIGKILL");
    await eventually(() => expect(processesOf(folder)).toEqual([]), 10_000);
  });

  test("of PostgreSQL is the end of the process too", async () => {
    const program = start();
    await urlOf(program);
    process.kill(Number(readFileSync(join(data, "postgres/data/postmaster.pid"), "utf8").split("\n")[0]), "SIGKILL");
    const exitCode = await program.ended;
    // The driver (postgres.js 3.4.9) may throw where nobody can catch it when its connection goes; then that is the end.
    if (exitCode !== 1 || !program.stderr().includes("postgres/src/connection.js")) {
      expect(exitCode).toBe(5);
      expect(lines(program.stderr()).at(-1)).toMatch(/The embedded PostgreSQL has ended.*npm start$/);
    }
    await eventually(() => expect(processesOf(folder)).toEqual([]));
  });
});

describe("kill -9", () => {
  test("leaves nothing running after 10 s and loses nothing", async () => {
    const first = start();
    const added = await addCustomer(await urlOf(first));
    expect(added).toMatchObject({ status: 201 });
    first.kill("SIGKILL");
    await first.ended;
    await eventually(() => expect(processesOf(folder)).toEqual([]), 10_000);
    expect(await addCustomer(await urlOf(start()))).toEqual({ ...added, replayed: "true" });
  });

  test("and a new start at once: the same", async () => {
    const first = start();
    const added = await addCustomer(await urlOf(first));
    first.kill("SIGKILL");
    await first.ended;
    expect(await addCustomer(await urlOf(start()))).toEqual({ ...added, replayed: "true" });
  });
});

describe("a port that is taken", () => {
  const servers: Server[] = [];
  afterEach(() => servers.splice(0).forEach((server) => server.close()));

  function occupy(port: number): Promise<number> {
    return new Promise((resolve) => {
      const server = createServer().on("error", () => resolve(port));
      server.listen(port, "127.0.0.1", () => {
        servers.push(server);
        const address = server.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
  }

  test("by default: the next free one is taken, and named", async () => {
    await occupy(8080);
    const program = start({ env: { HTTP_PORT: "" } });
    const url = await urlOf(program);
    const { port } = new URL(url);
    expect(Number(port)).toBeGreaterThan(8080);
    expect(program.stdout()).toContain(`Port 8080 is taken; ${port} is the next free one.`);
    expect(await statusOf(`${url}/livez`)).toBe(200);
  });

  test("though it was asked for: one line that names the variable", async () => {
    const port = await occupy(0);
    const program = start({ env: { HTTP_PORT: String(port) } });
    expect(await program.ended).toBe(5);
    expect(lines(program.stderr())).toEqual([
      expect.stringMatching(new RegExp(`^HTTP_PORT=${port} is taken on 127\\.0\\.0\\.1\\. End what`)),
    ]);
    expect(processesOf(folder)).toEqual([]);
  });
});

describe("a mistake is one line", () => {
  test.each<[string, string[], Record<string, string>, number, RegExp]>([
    ["a bad value", [], { HTTP_PORT: "http" }, 2, /^HTTP_PORT: "http" is not a port number\. Example: HTTP_PORT=8081$/],
    ["an open door", [], { HOST: "0.0.0.0" }, 2, /^HOST: 0\.0\.0\.0 lets others in.*ALLOW_ANONYMOUS=1$/],
    [
      "somebody else's address",
      [],
      { HOST: "192.0.2.1", ALLOW_ANONYMOUS: "1" },
      2,
      /^HOST: 192\.0\.2\.1 is no address of this machine/,
    ],
    ["an unknown flag", ["--frehs"], {}, 2, /^Unknown option '--frehs'\. --help shows/],
    ["an argument too many", ["now"], {}, 2, /^Unexpected argument "now"/],
    [
      "a server that is not there",
      [],
      { DATABASE_URL: "postgres://me:hunter2@127.0.0.1:1/shop" },
      5,
      /^DATABASE_URL: 127\.0\.0\.1:1\/shop cannot be used \(.*ECONNREFUSED.*\)\. Start that server/,
    ],
    [
      "a fresh start of one's own server",
      ["--fresh"],
      { DATABASE_URL: "postgres://127.0.0.1:1/shop" },
      2,
      /^--fresh is for the embedded/,
    ],
  ])("%s", async (_, args, env, exitCode, line) => {
    const program = start({ args, env });
    expect(await program.ended).toBe(exitCode);
    expect(program.stdout()).toBe("");
    expect(lines(program.stderr())).toEqual([expect.stringMatching(line)]);
    expect(program.stderr()).not.toContain("hunter2");
  });
});

test("--help shows flags, examples, variables and exit codes, and starts nothing", async () => {
  const elsewhere = join(temporaryFolder(), "data");
  const program = start({ args: ["--help"], env: { STATEWRIGHT_DATA: elsewhere } });
  expect(await program.ended).toBe(0);
  for (const text of ["--fresh", "--no-demo", "npm start -- --fresh", "DATABASE_URL_FILE", "EXIT CODES"]) {
    expect(program.stdout()).toContain(text);
  }
  expect(program.stdout()).not.toContain("\u001b");
  expect(existsSync(elsewhere)).toBe(false);
});

test("a server of one's own is used by DATABASE_URL, without a data folder", async () => {
  const holder = runProgram("test/support/embedded-holder.ts", { args: [data] });
  const { url } = JSON.parse(await holder.says(/^\{.*\}$/m)) as { url: string };
  const elsewhere = join(temporaryFolder(), "data");
  const program = start({ env: { DATABASE_URL: url, STATEWRIGHT_DATA: elsewhere } });
  expect(await statusOf(`${await urlOf(program)}/readyz`)).toBe(200);
  expect(program.stdout()).toMatch(/store +PostgreSQL 18\.\d+ at 127\.0\.0\.1:\d+\/postgres/);
  expect(existsSync(elsewhere)).toBe(false);

  const wrong = start({ env: { DATABASE_URL: url.replace(/:[^:@]*@/, ":hunter2@") } });
  expect(await wrong.ended).toBe(2);
  expect(lines(wrong.stderr())).toEqual([expect.stringMatching(/password authentication failed.*check DATABASE_URL$/)]);
});
