/** Members of one subscription, as processes that come, go and die, on a real Postgres. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { openPostgresStore, type PostgresStore } from "../../src/store/postgres/postgres-store.ts";
import { eventually } from "../support/eventually.ts";
import { freshDatabase, type TestDatabase } from "../support/postgres.ts";
import { killPrograms, type Program, runProgram } from "../support/programs.ts";
import { type ReaderProcessOptions, SEEN } from "../support/reader-process.ts";
import { newRun } from "../support/runs.ts";

/** Processes take their time to start on a busy machine, and leases to end. */
vi.setConfig({ testTimeout: 90_000 });

let database: TestDatabase;
let store: PostgresStore;

beforeAll(async () => {
  database = await freshDatabase();
  store = await openPostgresStore({ url: database.url });
  await store.query(SEEN);
});
afterEach(killPrograms);
afterAll(async () => {
  await store.close();
  await database.drop();
});

async function startReader(options: ReaderProcessOptions): Promise<Program> {
  const program = runReader(options);
  await program.says("reading");
  return program;
}

function runReader(options: ReaderProcessOptions): Program {
  return runProgram("test/support/reader-process.ts", {
    args: [JSON.stringify(options)],
    env: { DATABASE_URL: database.url },
  });
}

/** Appends events to some streams, in rounds, so that they come mixed. */
async function append(streams: readonly string[], rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const versions = await Promise.all(streams.map(async (stream) => (await store.read(stream)).length));
    await store.append(1, streams.map((stream, i) => newRun(stream, versions[i]!, ["A", "B"])));
  }
}

interface Seen {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly member: string;
}

async function seen(name: string): Promise<Seen[]> {
  const rows = await store.query("select position, stream, version, member from seen where name = $1 order by id", [
    name,
  ]);
  return rows.map((row) => ({ ...row, position: Number(row["position"]) }) as Seen);
}

/** The events in the log that nobody has seen. */
async function missing(name: string): Promise<number[]> {
  const positions = new Set((await seen(name)).map(({ position }) => position));
  return (await store.readAll({ after: 0, limit: 10_000 })).map(({ position }) => position).filter((p) =>
    !positions.has(p)
  );
}

function expectOnceAndInOrder(rows: readonly Seen[]): void {
  const versions = new Map<string, number[]>();
  for (const { stream, version } of rows) versions.set(stream, [...versions.get(stream) ?? [], version]);
  for (const [stream, seen] of versions) expect(seen, stream).toEqual(seen.map((_, index) => index + 1));
}

describe("a group", () => {
  test("of three handles each event once and in its stream's order, though one leaves and one is killed", async () => {
    const name = "three";
    const streams = Array.from({ length: 40 }, (_, n) => `actor/three-${n}`);
    const members = ["a", "b", "c"].map((member): ReaderProcessOptions => ({
      name,
      member,
      delivery: "effectively-once",
    }));
    const [a, b] = await Promise.all(members.map(startReader)) as [Program, Program, Program];
    await append(streams, 6);
    const working = async () => new Set((await seen(name)).slice(-200).map(({ member }) => member));
    await eventually(async () => {
      await append(streams.slice(0, 16), 1);
      expect([...await working()].sort()).toEqual(["a", "b", "c"]);
    }, 30_000);
    const [load] = [append(streams, 10)];
    a.kill("SIGTERM");
    b.kill("SIGKILL");
    expect(await a.ended).toBe(0);
    await load;
    await eventually(async () => expect(await missing(name)).toEqual([]), 30_000);
    const rows = await seen(name);
    expectOnceAndInOrder(rows);
    expect(rows.at(-1)!.member).toBe("c");
    expect(await store.subscriptions()).toMatchObject([{ name, parked: 0 }]);
  });

  test("writes nothing twice when a member sleeps through its lease, and wakes up", async () => {
    const name = "sleeper";
    const streams = Array.from({ length: 40 }, (_, n) => `actor/sleeper-${n}`);
    const delivery = "effectively-once";
    const sleeper = await startReader({ name, member: "sleeper", delivery });
    await append(streams, 4);
    await eventually(async () => expect((await seen(name)).length).toBeGreaterThan(50));
    sleeper.kill("SIGSTOP");
    await startReader({ name, member: "other", delivery });
    await append(streams, 4);
    // A transaction that it has left open is ended by the database after 10 s, or after 60 s when the sleep began
    // between the two halves of a statement that is prepared for the first time: that is not idle.
    await eventually(async () => expect(await missing(name)).toEqual([]), 75_000);
    sleeper.kill("SIGCONT");
    // It takes part again, once its share has come back to it.
    await eventually(async () => {
      await append(streams, 1);
      expect((await seen(name)).slice(-40).map(({ member }) => member)).toContain("sleeper");
    }, 20_000);
    await eventually(async () => expect(await missing(name)).toEqual([]), 30_000);
    expectOnceAndInOrder(await seen(name));
  }, 180_000);
});

describe("a process that dies while it handles an event", () => {
  /** Handles 20 events, dies at one of them, is started again. Answers how often each event was seen. */
  async function timesSeen(delivery: ReaderProcessOptions["delivery"], moment: "before" | "after"): Promise<number[]> {
    const name = `${delivery} ${moment}`;
    const stream = `actor/${delivery}-${moment}`;
    await append([stream], 10);
    const events = await store.read(stream);
    const dieAt = { position: events[9]!.position, moment };
    const first = runReader({ name, member: "the same", delivery, dieAt });
    expect(await first.ended).toBe("SIGKILL");
    await startReader({ name, member: "the same", delivery });
    const last = events.at(-1)!.position;
    const counts = async () => {
      const rows = await seen(name);
      return events.map(({ position }) => rows.filter((row) => row.position === position).length);
    };
    await eventually(async () => {
      expect((await seen(name)).some(({ position }) => position === last)).toBe(true);
      expect((await store.subscriptions()).find((one) => one.name === name)?.position).toBe(last);
    }, 40_000);
    return await counts();
  }

  const once = Array.from({ length: 20 }, () => 1);

  test.each(["before", "after"] as const)(
    "effectively once: %s it has written it, each counts once",
    async (moment) => {
      expect(await timesSeen("effectively-once", moment)).toEqual(once);
    },
  );

  test("at least once: none is lost, and the last ones come again", async () => {
    const counts = await timesSeen("at-least-once", "after");
    expect(Math.min(...counts)).toBe(1);
    expect(counts[9]).toBe(2);
    expect(Math.max(...counts)).toBe(2);
  });

  test("at most once: none comes twice, and the one under way is lost", async () => {
    expect(await timesSeen("at-most-once", "before")).toEqual(once.with(9, 0));
  });
});
