/** `statewright check` and `statewright replay` over all that is stored, as a person and as a script use them. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { refOf } from "../../src/kernel/ids.ts";
import { silentLogger } from "../../src/kernel/logger.ts";
import { systemClock as clock } from "../../src/kernel/clock.ts";
import type { CheckReport } from "../../src/cli/check/run-check.ts";
import { refuseBreakingMachines } from "../../src/cli/check/start-check.ts";
import { replayable } from "../../src/runtime/replay.ts";
import { judgeHistory } from "../../src/runtime/upgrade-check.ts";
import { openPostgresStore, type PostgresStore } from "../../src/store/postgres/postgres-store.ts";
import type { StoredEvent } from "../../src/store/store.ts";
import { orderMachine as renamed } from "../support/changes/renamed-state.ts";
import { orderDefinition } from "../support/order-histories.ts";
import { freshDatabase, type TestDatabase } from "../support/postgres.ts";
import { killPrograms, type Program, runProgram } from "../support/programs.ts";
import { storeOrders } from "../support/stored-orders.ts";
import { removeTemporaryFolders, temporaryFolder } from "../support/temporary-folder.ts";

const ORDERS = 1_200;
const RENAMED = "test/support/changes/renamed-state.ts";

let database: TestDatabase;
let store: PostgresStore;
let histories: StoredEvent[][];
let events: number;

beforeAll(async () => {
  database = await freshDatabase();
  store = await openPostgresStore({ url: database.url });
  histories = await storeOrders(store, ORDERS);
  events = histories.flat().length;
});
afterEach(killPrograms);
afterAll(async () => {
  await store.close();
  await database.drop();
  removeTemporaryFolders();
});

const start = (...args: string[]): Program =>
  runProgram("src/cli/statewright.ts", { args, env: { DATABASE_URL: database.url } });

async function statewright(...args: string[]) {
  const program = start(...args);
  return { exit: await program.ended, out: program.stdout(), err: program.stderr() };
}

const lastLine = (text: string): Record<string, unknown> => JSON.parse(text.trimEnd().split("\n").at(-1)!);

describe("replay of everything", () => {
  test("proves each stored transition, however many threads there are", async () => {
    for (const threads of ["1", "3"]) {
      const { exit, out, err } = await statewright("replay", "--json", "--threads", threads);
      expect({ exit, err }).toEqual({ exit: 0, err: "" });
      expect(lastLine(out)).toMatchObject({ actors: ORDERS, transitions: events, withoutMachine: [], done: true });
    }
  });

  test("goes on where another has stopped", async () => {
    const middle = Math.floor(events / 2);
    const { out } = await statewright("replay", "order", "--json", "--after", String(middle));
    const [row] = await database.query(
      `select count(*) as count from events where version = 1 and position > ${middle}`,
    );
    expect(lastLine(out)).toMatchObject({ actors: Number(row!["count"]), done: true });
  });

  test("sees the log as it was at a position or a time", async () => {
    const { out } = await statewright("replay", "--json", "--to", "@1000");
    expect(lastLine(out)).toMatchObject({ transitions: 1_000, head: 1_000 });
    const before = await statewright("replay", "--json", "--to", "2020-01-01");
    expect(lastLine(before.out)).toMatchObject({ transitions: 0, head: 0 });
  });

  test("of one actor, to a version, a position or a time", async () => {
    const [{ stream }] = histories.find((rows) => rows.length > 3)! as [StoredEvent];
    const [, second] = await store.read(stream);
    for (const to of ["2", `@${second!.position}`]) {
      expect((await statewright("replay", stream, "--to", to)).out).toMatch(/\n2 transitions proven: same state/);
    }
    const then = await statewright("replay", stream, "--to", "2020-01-01");
    expect(then).toMatchObject({ exit: 3, err: expect.stringMatching(/^There was no order\/o\d+ then\./) });
  });
});

describe("check", () => {
  test("of today's machines finds everything the same", async () => {
    const { exit, out } = await statewright("check", "--json");
    expect(exit).toBe(0);
    const { groups, breaking, histories } = JSON.parse(out) as CheckReport;
    expect({ breaking, histories, verdicts: groups.map(({ verdict }) => verdict) }).toEqual({
      breaking: 0,
      histories: ORDERS,
      verdicts: ["same"],
    });
  });

  test("of a changed machine finds what one history after the other does", async () => {
    const upgrade = {
      baseline: replayable(orderDefinition),
      candidate: replayable({ ...orderDefinition, machine: renamed }),
    };
    const counts: Record<string, number> = {};
    for (const rows of histories) {
      const { verdict, breaks } = judgeHistory(upgrade, refOf(rows[0]!.stream), rows);
      counts[`${verdict} ${breaks}`] = (counts[`${verdict} ${breaks}`] ?? 0) + 1;
    }
    const { exit, out, err } = await statewright("check", "--machine", RENAMED, "--json", "--threads", "2");
    expect(exit).toBe(4);
    const { groups } = JSON.parse(out) as CheckReport;
    const found: Record<string, number> = {};
    for (const { verdict, breaks, histories } of groups) {
      found[`${verdict} ${breaks}`] = (found[`${verdict} ${breaks}`] ?? 0) + histories;
    }
    expect(found).toEqual(counts);
    expect(err).toMatch(/^\d+ live actors would break\./m);
    expect(groups[0]!.example.map(({ type }) => type)).toEqual(["OrderPlaced", "StockReserved", "PaymentCaptured"]);
  });

  test("with --strict refuses what only finished actors show", async () => {
    const other = await freshDatabase();
    try {
      const finished = histories.filter((rows) => rows.at(-1)!.state === "cancelled").slice(0, 20);
      const there = await openPostgresStore({ url: other.url });
      await there.append(
        1,
        finished.map((events) => ({
          stream: events[0]!.stream,
          expectedVersion: 0,
          events: events.map((event) => ({ ...event, snapshotHash: "0".repeat(16) })),
          waiting: null,
          requestKeys: [],
        })),
      );
      await there.close();
      const run = async (...args: string[]) => {
        const program = runProgram("src/cli/statewright.ts", { args, env: { DATABASE_URL: other.url } });
        return { exit: await program.ended, err: program.stderr() };
      };
      expect(await run("check")).toEqual({ exit: 0, err: "" });
      expect(await run("check", "--strict")).toMatchObject({
        exit: 4,
        err: expect.stringMatching(/^20 histories do not replay as stored/),
      });
    } finally {
      await other.drop();
    }
    expect((await statewright("check", "--strict")).exit).toBe(0);
  });

  test("says the same in the terminal and on a page", async () => {
    const page = join(temporaryFolder(), "report.html");
    const { out } = await statewright("check", "--machine", RENAMED, "--html", page);
    expect(out).toMatch(/✘ order: stuck: \d+ histories, \d+ live\n {4}in chargingPayment, PaymentCaptured: stored is/);
    expect(readFileSync(page, "utf8")).toMatch(/<h1>\d+ live actors would break<\/h1>/);
  });

  test("that is killed leaves nothing half said, and can be started again", async () => {
    const page = join(temporaryFolder(), "report.html");
    const program = start("check", "--html", page);
    await new Promise((resolve) => setTimeout(resolve, 700));
    program.kill("SIGKILL");
    await program.ended;
    const whole = /<\/html>\n$/;
    if (existsSync(page)) expect(readFileSync(page, "utf8")).toMatch(whole);
    expect((await statewright("check", "--html", page)).exit).toBe(0);
    expect(readFileSync(page, "utf8")).toMatch(whole);
  });

  test.each<[string, RegExp]>([
    ["test/support/toys.ts", /exports the machine .*; one is needed that has the id of a machine/],
    ["test/support/runs.ts", /exports no machine; one is needed/],
  ])("refuses a file without a machine of ours: %s", async (file, line) => {
    const answer = await statewright("check", "--machine", file);
    expect(answer).toMatchObject({ exit: 2, out: "" });
    expect(answer.err).toMatch(line);
  });
});

describe("before a start", () => {
  const check = (acceptBecause?: string) =>
    refuseBreakingMachines({ store, url: database.url, clock, logger: silentLogger, acceptBecause });
  const recorded = () => store.query("select type, breaking, accepted_because from machine_checks order by id");

  test("machines that break nothing are let through, and checked once", async () => {
    await check();
    const first = await recorded();
    expect(first.map(({ breaking }) => Number(breaking))).toEqual(first.map(() => 0));
    await check();
    expect(await recorded()).toEqual(first);
  });

  test("one that breaks live actors is refused, unless somebody says why", async () => {
    await storeOrders(store, 50, { machine: renamed, name: "r" });
    await store.query(
      "insert into machine_checks (type, identity, head, breaking) values ('order', 'order@0#0', 0, 0)",
    );
    await expect(check()).rejects.toMatchObject({
      code: "HISTORY_MISMATCH",
      message: expect.stringMatching(/The machine has changed \(order\), and \d+ live actors could not go on/),
    });
    await check("they are test orders");
    const [last] = (await recorded()).slice(-1);
    expect(last).toMatchObject({ type: "order", accepted_because: "they are test orders" });
    expect(Number(last!["breaking"])).toBeGreaterThan(0);
    await check();
  });

  test("a history that does not replay is shown with both sides, by replay too", async () => {
    const { exit, out, err } = await statewright("replay");
    expect(exit).toBe(4);
    expect(out).toMatch(/^order\/r\d+\nv\d+ +\w+ +paid .*✘\n[^]*✘ state\n +stored +paid\n +replayed +confirmed\n/);
    expect(err).toMatch(/^order\/r\d+ does not replay: version \d+ is where/m);
  });
});
