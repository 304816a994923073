/** `statewright export` and `statewright import`, as a person and as a script use them. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { exportHistories } from "../../src/cli/transfer/export-histories.ts";
import { Pseudonyms } from "../../src/cli/transfer/pseudonyms.ts";
import { openPostgresStore, type PostgresStore } from "../../src/store/postgres/postgres-store.ts";
import { eventually } from "../support/eventually.ts";
import { freshDatabase, type TestDatabase } from "../support/postgres.ts";
import { killPrograms, type Program, runProgram } from "../support/programs.ts";
import { storeOrders } from "../support/stored-orders.ts";
import { removeTemporaryFolders, temporaryFolder } from "../support/temporary-folder.ts";

const CORPUS = "test/corpus/2026-11.jsonl";
const HISTORIES = 41;
const EVENTS = 720;

const folder = temporaryFolder();
const databases: TestDatabase[] = [];
const stores: PostgresStore[] = [];
let origin: TestDatabase;

beforeAll(async () => {
  origin = (await emptyStore()).database;
  const { exit, err } = await statewright(origin, "import", CORPUS, "--live");
  expect({ exit, err }).toEqual({ exit: 0, err: "" });
});
afterEach(killPrograms);
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await Promise.all(databases.map((database) => database.drop()));
  removeTemporaryFolders();
});

async function emptyStore(): Promise<{ database: TestDatabase; store: PostgresStore }> {
  const database = await freshDatabase();
  databases.push(database);
  const store = await openPostgresStore({ url: database.url });
  stores.push(store);
  return { database, store };
}

const start = (database: TestDatabase, ...args: string[]): Program =>
  runProgram("src/cli/statewright.ts", { args, env: { DATABASE_URL: database.url } });

async function statewright(database: TestDatabase, ...args: string[]) {
  const program = start(database, ...args);
  return { exit: await program.ended, out: program.stdout(), err: program.stderr() };
}

const file = (name: string) => join(folder, name);

/** A store's events, but for where and when they were written down. */
async function contents(database: TestDatabase): Promise<Record<string, unknown>[]> {
  return await database.query(
    `select stream, version, type, data::text, state, effects::text, snapshot_hash,
       (metadata::jsonb - 'node' - 'recordedAt')::text as metadata
     from events order by stream, version`,
  );
}

describe("an export", () => {
  test("holds no personal value, and proves all the same once it is imported", async () => {
    const { exit, err } = await statewright(origin, "export", "--out", file("redacted.jsonl"), "--seed", "s");
    expect({ exit, err }).toEqual({ exit: 0, err: `${HISTORIES} histories with ${EVENTS} events\n` });
    const text = readFileSync(file("redacted.jsonl"), "utf8");
    for (const personal of ["Ada", "ada@example.com", "High Street", "Springfield", "Where is it?", "Counts."]) {
      expect(text).not.toContain(personal);
    }
    // What is nobody's own stays.
    expect(text).toContain('"productId":"p-0"');
    const { database } = await emptyStore();
    await statewright(database, "import", file("redacted.jsonl"), "--live");
    const { exit: replayed, out } = await statewright(database, "replay");
    expect(replayed).toBe(0);
    expect(out).toMatch(/^720 transitions of 41 actors proven/);
  });

  test("is the same again with the same seed, and another without", async () => {
    const again = () => statewright(origin, "export", "customer", "--seed", "s");
    const first = await again();
    expect(first.out).toBe((await again()).out);
    expect(first.out).not.toBe((await statewright(origin, "export", "customer")).out);
    expect(first.out.split("\n")).toHaveLength(2 + 2 + 1);
  });

  test("with personal values, imported and exported again, is the same file but for places and times", async () => {
    await statewright(origin, "export", "--personal", "--out", file("whole.jsonl"));
    const { database } = await emptyStore();
    const { out } = await statewright(database, "import", file("whole.jsonl"), "--live");
    expect(out).toBe(`${HISTORIES} histories with ${EVENTS} events imported\n`);
    expect(await contents(database)).toEqual(await contents(origin));
  });

  test("of one actor or of a moment in the past", async () => {
    const one = await statewright(origin, "export", "customer/corpus-1", "--personal");
    expect(one.out.split("\n").slice(1, -2).map((line) => JSON.parse(line) as { type: string })).toMatchObject([
      { type: "CustomerRegistered" },
      { type: "CustomerChanged" },
    ]);
    await statewright(origin, "export", "--to", "@100", "--out", file("past.jsonl"));
    expect(readFileSync(file("past.jsonl"), "utf8")).toMatch(/"events":100\}\n$/);
    const { database } = await emptyStore();
    expect(await statewright(database, "import", file("past.jsonl"), "--live")).toMatchObject({
      exit: 2,
      err: "--live: the file is of a moment in the past, and nobody goes on from there\n",
    });
  });

  test("that cannot be redacted is left out, and said", async () => {
    const { database, store } = await emptyStore();
    const rows = await stores[0]!.read("customer/corpus-1");
    const broken = rows.map((row) => ({ ...row, snapshotHash: "0".repeat(16) }));
    await store.append(1, [
      { stream: "customer/1", expectedVersion: 0, events: broken, waiting: null, requestKeys: [] },
    ]);
    const { exit, err } = await statewright(database, "export");
    expect(exit).toBe(4);
    expect(err).toMatch(/customer\/1 cannot be redacted \(version 1\): its machine does not prove it/);
    expect((await statewright(database, "export", "--personal")).exit).toBe(0);
  });
});

test("an export says which messages were on their way at its moment, though some arrive while it is written", async () => {
  const { store } = await emptyStore();
  const [listed] = await stores[0]!.read("product/corpus-1");
  const [opened] = await stores[0]!.read("stock/corpus-1");
  const undelivered = async (head: number) => {
    const lines: string[] = [];
    const request = { what: "product/p", after: 0, head, isNow: true, pseudonyms: undefined };
    await exportHistories(store, request, async (line) => void lines.push(line));
    return lines.map((line) => JSON.parse(line) as { undelivered?: string[] }).flatMap(({ undelivered = [] }) =>
      undelivered
    );
  };
  const run = { expectedVersion: 0, waiting: null, requestKeys: [] };
  const open = '[{"effect":"1/0","kind":"message","what":"StockOpened → stock/corpus-1"}]';
  const waiting = { dueAt: null, dueInMs: null, busy: true, open };
  await store.append(1, [{ ...run, stream: "product/p", events: [listed!], waiting }]);
  expect(await undelivered(1)).toEqual(["1/0"]);
  // It arrives, and the sender knows.
  const metadata = JSON.stringify({ ...JSON.parse(opened!.metadata) as object, id: "product/p/1/0" });
  await store.append(1, [{ ...run, stream: "stock/corpus-1", events: [{ ...opened!, metadata }] }]);
  await store.append(1, [{ ...run, stream: "product/p", expectedVersion: 1, events: [] }]);
  expect(await undelivered(1)).toEqual(["1/0"]);
  expect(await undelivered(2)).toEqual([]);
});

test("an export of what is not there writes nothing", async () => {
  const missing = { exit: 3, out: "", err: expect.stringMatching(/^There is no order\/none/) };
  expect(await statewright(origin, "export", "order/none")).toEqual(missing);
  expect(await statewright(origin, "export", "order/none", "--out", file("none.jsonl"))).toEqual(missing);
  expect(readdirSync(folder).filter((name) => name.startsWith("none"))).toEqual([]);
});

describe("pseudonyms", () => {
  const of = (value: unknown) => new Pseudonyms("key").of(value);

  test("have the shape of what they stand for, and the same value has the same one", () => {
    expect(of("Ada.Löwe-7@example.com")).toMatch(/^[A-Z][a-z]{2}\.[A-Z][a-z]{3}-\d@[a-z]{7}\.[a-z]{3}$/);
    expect(of({ a: "DE", b: ["DE", 12, null, true] })).toEqual({
      a: of("DE"),
      b: [of("DE"), expect.any(Number), null, true],
    });
    expect(of("x".repeat(1_000))).toMatch(/^[a-z]{1000}$/);
    expect(new Pseudonyms("other").of("Ada Lovelace")).not.toBe(of("Ada Lovelace"));
  });
});

describe("an import", () => {
  test("leaves out live actors that wait for something, unless they are asked for", async () => {
    const { database } = await emptyStore();
    const { exit, out } = await statewright(database, "import", CORPUS, "--json");
    const report = JSON.parse(out) as { imported: number; live: number };
    expect({ exit, sum: report.imported + report.live }).toEqual({ exit: 0, sum: HISTORIES });
    expect(report.live).toBeGreaterThan(5);
    expect(await database.query("select 1 from waiting")).toEqual([]);
  });

  test("of live actors hands what they wait for to the nodes, with timers that run anew", async () => {
    const { database, store } = await emptyStore();
    const [requested] = await stores[0]!.read("payment/corpus-2");
    await store.append(1, [
      { stream: "payment/p", expectedVersion: 0, events: [requested!], waiting: null, requestKeys: [] },
    ]);
    await statewright(database, "export", "--out", file("payment.jsonl"));
    const other = await emptyStore();
    await statewright(other.database, "import", file("payment.jsonl"), "--live");
    expect(await other.store.query("select stream, open::text as open, claimed_by from waiting")).toEqual([
      { stream: "payment/p", open: '[{"effect":"1/0","kind":"activity","what":"capturePayment"}]', claimed_by: "0" },
    ]);
    const [timer] = await stores[0]!.query(
      `select w.due - (select max(recorded_at) from events where stream = w.stream) > interval '50 seconds' as runs_anew
       from waiting w where stream like 'order/%' and due is not null limit 1`,
    );
    expect(timer).toEqual({ runs_anew: true });
  });

  test("that is repeated changes nothing, and goes on where another was killed", async () => {
    const ORDERS = 1_000;
    const { database, store } = await emptyStore();
    const { store: many } = await emptyStore();
    await storeOrders(many, ORDERS);
    await statewright(databases.at(-1)!, "export", "--out", file("many.jsonl"));
    const program = start(database, "import", file("many.jsonl"), "--live");
    await eventually(async () => expect(await store.head()).toBeGreaterThan(400), 20_000);
    program.kill("SIGKILL");
    expect(await program.ended).toBe("SIGKILL");
    // Nothing half seen: each stream that is there is there to its end.
    const whole = await many.query("select stream, max(version) as last from events group by stream order by stream");
    const lasts = new Map(whole.map(({ stream, last }) => [stream, last]));
    const there = await store.query("select stream, max(version) as last from events group by stream");
    expect(there.length).toBeLessThan(ORDERS);
    for (const { stream, last } of there) expect({ stream, last }).toEqual({ stream, last: lasts.get(stream) });

    const { exit, out } = await statewright(database, "import", file("many.jsonl"), "--live");
    expect(exit).toBe(0);
    expect(out).toBe(
      `${ORDERS - there.length} histories with ${
        await many.head() - there.reduce((sum, { last }) => sum + Number(last), 0)
      } events imported; ${there.length} were there already\n`,
    );
    const third = await statewright(database, "import", file("many.jsonl"), "--live");
    expect(third.out).toBe(`0 histories with 0 events imported; ${ORDERS} were there already\n`);
    expect((await statewright(database, "replay")).exit).toBe(0);
  }, 120_000);

  test("refuses a stream that exists with another history, and takes the others", async () => {
    const { database, store } = await emptyStore();
    const [registered] = await stores[0]!.read("customer/corpus-1");
    const data = JSON.stringify({ name: "Eve", email: "eve@example.com" });
    await store.append(1, [{
      stream: "customer/corpus-1",
      expectedVersion: 0,
      events: [{ ...registered!, data }],
      waiting: null,
      requestKeys: [],
    }]);
    const { exit, out, err } = await statewright(database, "import", CORPUS, "--live");
    expect({ exit, err }).toEqual({
      exit: 1,
      err: "Left out, because they exist with another history: customer/corpus-1\n",
    });
    expect(out).toMatch(/^40 histories/);
    expect(await store.read("customer/corpus-1")).toMatchObject([{ data }]);
  });

  test("takes nothing that its machines do not prove", async () => {
    const { database } = await emptyStore();
    const lines = readFileSync(CORPUS, "utf8").replace('"name":"Ada L."', '"name":"Eve"');
    writeFileSync(file("forged.jsonl"), lines);
    const { exit, err } = await statewright(database, "import", file("forged.jsonl"), "--live");
    expect(exit).toBe(4);
    expect(err).toMatch(/^Left out:\ncustomer\/corpus-1 does not replay: version 2 is where/);
    expect(await database.query("select 1 from events where stream like 'customer/%'")).toEqual([]);
  });

  test.each<[string, (lines: string[]) => string[], RegExp]>([
    ["its last line", (lines) => lines.slice(0, -1), /^The file was cut off: its last line is missing\n$/],
    ["a line within", (lines) => lines.toSpliced(3, 1), /^Line 4: /],
    ["half a line", (lines) => [...lines.slice(0, 9), lines[9]!.slice(0, 50)], /^Line 10 is no JSON; was the file cut/],
    ["its first line", (lines) => lines.slice(1), /^The file does not begin with a line of statewright-histories/],
    ["what an event has", (lines) => lines.with(2, '{"stream":"customer/corpus-1"}'), /^Line 3 is no event: version: /],
  ])("refuses a file that lacks %s", async (_, cut, line) => {
    const { database } = await emptyStore();
    writeFileSync(file("cut.jsonl"), cut(readFileSync(CORPUS, "utf8").trimEnd().split("\n")).join("\n"));
    const { exit, err } = await statewright(database, "import", file("cut.jsonl"));
    expect(exit).toBe(2);
    expect(err).toMatch(line);
  });

  test("of a file that is not there is refused", async () => {
    const answer = await statewright(origin, "import", file("nothing.jsonl"));
    expect(answer).toMatchObject({
      exit: 2,
      err: expect.stringContaining("nothing.jsonl does not exist; statewright export"),
    });
    expect(existsSync(file("nothing.jsonl"))).toBe(false);
  });
});
