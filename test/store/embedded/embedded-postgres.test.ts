/** The embedded PostgreSQL as a process: what it leaves behind, what it keeps, and whom it lets alone. */
import { spawn } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import postgres from "postgres";
import { afterEach, describe, expect, test } from "vitest";
import { startEmbeddedPostgres } from "../../../src/store/embedded/embedded-postgres.ts";
import { eventually } from "../../support/eventually.ts";
import {
  isRoot,
  killPrograms,
  NOBODY,
  processesOf,
  type Program,
  runProgram,
  SOMEBODY,
} from "../../support/programs.ts";
import { removeLater, removeTemporaryFolders, temporaryFolder } from "../../support/temporary-folder.ts";

const open: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.stop()));
  await killPrograms();
  removeTemporaryFolders();
});

async function start(dataFolder: string, fresh = false) {
  const server = await startEmbeddedPostgres({ dataFolder, fresh, command: "a test" });
  open.push(server);
  return server;
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return [...await sql.unsafe(text)];
  } finally {
    await sql.end();
  }
}

function hold(folder: string, ...args: string[]): Program {
  return runProgram("test/support/embedded-holder.ts", { args: [folder, ...args] });
}

async function held(program: Program): Promise<{ url: string; folder: string; insteadOf?: string }> {
  return JSON.parse(await program.says(/^\{.*\}$/m));
}

describe("a start", () => {
  test("keeps what is stored, writes durably, and ends without a trace", async () => {
    const folder = join(temporaryFolder(), "data");
    const first = await start(folder);
    await query(first.url, "create table kept as select 42 as answer");
    const [settings] = await query(
      first.url,
      `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
         current_setting('server_encoding') as encoding, current_setting('listen_addresses') as listens,
         current_setting('unix_socket_directories') as sockets`,
    );
    expect(settings).toEqual({ fsync: "on", commit: "on", encoding: "UTF8", listens: "127.0.0.1", sockets: "" });

    await first.stop();
    expect(processesOf(folder)).toEqual([]);
    expect(await query((await start(folder)).url, "select answer from kept")).toEqual([{ answer: 42 }]);
  });

  test("lets nobody in without the password, which only its owner can read", async () => {
    const folder = temporaryFolder();
    const { url } = await start(folder);
    const wrong = new URL(url);
    wrong.password = "guess";
    await expect(query(wrong.href, "select 1")).rejects.toThrow(/password authentication failed/);
    expect(statSync(join(folder, "postgres", "password")).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "postgres")).mode & 0o777).toBe(0o700);
  });

  test("begins anew when told to, and touches nothing else in the folder", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "mine.txt"), "not yours");
    const first = await start(folder);
    await query(first.url, "create table old ()");
    await first.stop();
    const [found] = await query((await start(folder, true)).url, "select to_regclass('old') as old");
    expect(found).toEqual({ old: null });
    expect(readFileSync(join(folder, "mine.txt"), "utf8")).toBe("not yours");
  });

  test("that was killed while it made the cluster leaves nothing that stops the next", async () => {
    const folder = temporaryFolder();
    const first = hold(folder);
    await eventually(() => {
      expect(readdirSync(join(folder, "postgres")).some((name) => name.endsWith(".draft"))).toBe(true);
    }, 10_000);
    first.kill("SIGKILL");
    await first.ended;
    await start(folder);
    expect(readdirSync(join(folder, "postgres")).filter((name) => name.endsWith(".draft"))).toEqual([]);
  });
});

describe("a second start", () => {
  test("touches nothing and names the first", async () => {
    const folder = temporaryFolder();
    const first = hold(folder);
    await held(first);
    const before = listing(folder);
    const second = hold(folder, "--fresh");
    expect(await second.ended).toBe(1);
    expect(second.stderr()).toMatch(
      new RegExp(`^the holder already runs on the data in .*: process ${first.pid} at http://localhost:4711\\.`),
    );
    expect(listing(folder)).toEqual(before);
  });

  test("at the same moment: one of them gets the folder", async () => {
    const folder = temporaryFolder();
    const rivals = [hold(folder), hold(folder), hold(folder)];
    const answers = await Promise.all(rivals.map((rival) => rival.says(/already runs|"url"/)));
    expect(answers.toSorted()).toEqual([`"url"`, "already runs", "already runs"]);
  });
});

describe("after kill -9", () => {
  test("PostgreSQL ends within 10 s and the next start has every committed row", async () => {
    const folder = temporaryFolder();
    const first = hold(folder);
    const { url } = await held(first);
    await query(url, "create table kept as select 1 as row");
    first.kill("SIGKILL");
    await first.ended;
    await eventually(() => expect(processesOf(folder)).toEqual([]), 10_000);
    expect(await query((await start(folder)).url, "select * from kept")).toEqual([{ row: 1 }]);
  });

  test("an immediate new start waits for the old server to end", async () => {
    const folder = temporaryFolder();
    const first = hold(folder);
    const { url } = await held(first);
    await query(url, "create table kept as select generate_series(1, 100000) as row");
    first.kill("SIGKILL");
    await first.ended;
    expect(await query((await start(folder)).url, "select count(*)::int as rows from kept")).toEqual([{
      rows: 100_000,
    }]);
  });

  test("of the keeper too, the next start ends the server that was left and goes on", async () => {
    const folder = temporaryFolder();
    const first = hold(folder);
    const { url } = await held(first);
    await query(url, "create table kept as select 1 as row");
    const postmaster = postmasterOf(folder);
    for (const pid of keepersOf(folder)) process.kill(pid, "SIGKILL");
    first.kill("SIGKILL");
    await first.ended;
    expect(processesOf(folder)).toContain(postmaster);

    const second = await start(folder);
    expect(processesOf(folder)).not.toContain(postmaster);
    expect(await query(second.url, "select * from kept")).toEqual([{ row: 1 }]);
  });

  test("a process that got the old server's id is left alone", async () => {
    const folder = temporaryFolder();
    const first = await start(folder);
    await first.stop();
    const bystander = spawn("sleep", ["60"], isRoot ? { uid: NOBODY, gid: NOBODY } : {});
    try {
      const pidFile = join(folder, "postgres", "data", "postmaster.pid");
      writeFileSync(pidFile, `${bystander.pid}\n${dirname(pidFile)}\n1700000000\n5432\n\n127.0.0.1\n\nready\n`);
      const second = await start(folder);
      expect(await query(second.url, "select 1 as one")).toEqual([{ one: 1 }]);
      await second.stop();
      expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
    } finally {
      bystander.kill();
    }
  });
});

test("a server that dies by itself is noticed, and its keeper goes with it", async () => {
  const folder = temporaryFolder();
  const server = await start(folder);
  process.kill(postmasterOf(folder), "SIGKILL");
  await server.ended;
  await eventually(() => expect(processesOf(folder)).toEqual([]));
});

describe("wherever it is started", () => {
  test.skipIf(!isRoot)("an ordinary user needs no home, no locale and no other user", async () => {
    const folder = temporaryFolder();
    chownSync(folder, SOMEBODY, SOMEBODY);
    const program = runProgram("test/support/embedded-holder.ts", {
      args: [join(folder, "data")],
      uid: SOMEBODY,
      cwd: "/",
      env: { LANG: "xx_YY.nonsense", LC_ALL: "tlh_KX" },
    });
    expect(await query((await held(program)).url, "select 1 as one")).toEqual([{ one: 1 }]);
    const owners = processesOf(folder).map((pid) => statSync(`/proc/${pid}`).uid);
    expect(new Set(owners)).toEqual(new Set([SOMEBODY]));
    program.kill("SIGTERM");
    expect(await program.ended).toBe(0);
  });

  test.skipIf(!isRoot)("as root PostgreSQL runs as nobody", async () => {
    const folder = temporaryFolder();
    await start(folder);
    expect(statSync(`/proc/${postmasterOf(folder)}`).uid).toBe(NOBODY);
  });

  test.skipIf(!isRoot)("where PostgreSQL's user cannot go, the data lies in /var/tmp, and is kept there", async () => {
    const home = temporaryFolder();
    chmodSync(home, 0o700);
    const wanted = join(home, "project", ".statewright");
    const first = await start(wanted);
    expect(first).toMatchObject({
      insteadOf: wanted,
      folder: expect.stringMatching(/^\/var\/tmp\/statewright-0-[0-9a-f]{12}$/),
    });
    removeLater(first.folder);
    await query(first.url, "create table kept ()");
    await first.stop();
    const second = await start(wanted);
    expect(second.folder).toBe(first.folder);
    expect(await query(second.url, "select * from kept")).toEqual([]);
    await second.stop();

    chownSync(first.folder, SOMEBODY, SOMEBODY);
    await expect(start(wanted)).rejects.toThrow(/was not made by this user/);
  });

  test.skipIf(!isRoot)("where an ordinary user may not write, too", async () => {
    const project = temporaryFolder();
    const program = runProgram("test/support/embedded-holder.ts", {
      args: [join(project, ".statewright")],
      uid: SOMEBODY,
    });
    const { folder, insteadOf } = await held(program);
    removeLater(folder);
    expect(insteadOf).toBe(join(project, ".statewright"));
    expect(folder).toMatch(new RegExp(`^/var/tmp/statewright-${SOMEBODY}-`));
  });

  test.skipIf(!isRoot)("the data of another user is refused with what to do", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "postgres"));
    const program = runProgram("test/support/embedded-holder.ts", { args: [folder], uid: SOMEBODY });
    expect(await program.ended).toBe(1);
    expect(program.stderr()).toMatch(
      /belongs to another user \(uid 0; this is uid 1\)\. Start as that user, or set STATEWRIGHT_DATA/,
    );
  });

  test("a path that is no folder is refused", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    await expect(start(file)).rejects.toThrow(/is not a folder/);
  });

  test("any path will do", async () => {
    const folder = join(temporaryFolder(), "it's a [strange] path: ü -D x");
    expect(await query((await start(folder)).url, "select 1 as one")).toEqual([{ one: 1 }]);
  });
});

function postmasterOf(folder: string): number {
  return Number(readFileSync(join(folder, "postgres", "data", "postmaster.pid"), "utf8").split("\n")[0]);
}

function keepersOf(folder: string): number[] {
  return processesOf(folder).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith("/bin/sh"));
}

/** Names, sizes and times of what lies at the top and is written by starts. */
function listing(folder: string): string[] {
  return [folder, join(folder, "postgres")].flatMap((parent) =>
    readdirSync(parent).map((name) => {
      const { size, mtimeMs, ino } = statSync(join(parent, name));
      return `${name} ${size} ${mtimeMs} ${ino}`;
    })
  );
}
