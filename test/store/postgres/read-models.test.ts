import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openPostgresStore, type PostgresStore } from "../../../src/store/postgres/postgres-store.ts";
import { freshDatabase, type TestDatabase } from "../../support/postgres.ts";
import { newRun } from "../../support/runs.ts";

let database: TestDatabase;
let store: PostgresStore;

beforeAll(async () => {
  database = await freshDatabase();
  store = await openPostgresStore({ url: database.url });
  await store.query("create table notes (n bigint primary key, text text, done boolean)");
});
afterAll(async () => {
  await store.close();
  await database.drop();
});
beforeEach(async () => {
  await store.query("delete from notes");
  await store.query("delete from checkpoints");
  await store.query("alter table events disable trigger events_are_facts");
  await store.query("truncate events restart identity");
  await store.addReader("reader");
});

async function append(events: number): Promise<void> {
  await store.append(1, [newRun("actor/1", 0, Array.from({ length: events }, () => "A"))]);
}
const notes = async () => (await store.query("select n from notes order by n")).map(({ n }) => n);

describe("fold", () => {
  const positions = (events: readonly { position: number }[]) => events.map(({ position }) => position);

  test("moves rows and checkpoint together", async () => {
    await append(5);
    const folded = await store.fold("reader", { limit: 3 }, async ({ transaction, events }) => {
      expect(positions(events)).toEqual([1, 2, 3]);
      await transaction.query("insert into notes values ($1, $2, $3)", [1, "one", true]);
    });
    expect(folded).toEqual({ checkpoint: 3, events: 3, isBusy: false, hasParked: false });
    expect(await store.checkpoint("reader")).toBe(3);
    expect(await notes()).toEqual(["1"]);
    expect(await store.checkpoint("another")).toBe(0);
  });

  test("leaves nothing behind when the work fails, and passes its own error on", async () => {
    await append(5);
    await store.fold("reader", { limit: 3 }, async () => {});
    const failure = new Error("the fold failed");
    await expect(store.fold("reader", { limit: 3 }, async ({ transaction }) => {
      await transaction.query("insert into notes values (1, 'one', true)");
      throw failure;
    })).rejects.toBe(failure);
    expect(await store.checkpoint("reader")).toBe(3);
    expect(await notes()).toEqual([]);
  });

  test("leaves nothing behind when a statement fails, even if the work goes on", async () => {
    await append(1);
    const work = store.fold("reader", { limit: 3 }, async ({ transaction }) => {
      await transaction.query("insert into notes values (1, 'one', true)");
      await transaction.query("insert into notes values (1, 'one', true)").catch(() => {});
    });
    await expect(work).rejects.toMatchObject({ name: "StatewrightError" });
    expect(await store.checkpoint("reader")).toBe(0);
    expect(await notes()).toEqual([]);
  });

  test("gives each event to one of those who fold at the same time; the others hear how far the reader is", async () => {
    await append(12);
    let busy = 0;
    const folder = async () => {
      for (let checkpoint = 0; checkpoint < 12;) {
        const folded = await store.fold("reader", { limit: 1 }, async ({ transaction, events }) => {
          await transaction.query("insert into notes values ($1, '', false)", [events[0]!.position]);
        });
        checkpoint = folded.checkpoint;
        if (folded.isBusy) busy++;
      }
    };
    await Promise.all([folder(), folder(), folder()]);
    expect(await notes()).toEqual(Array.from({ length: 12 }, (_, index) => String(index + 1)));
    expect(busy).toBeGreaterThan(0);
  });

  test("is refused to a reader that nobody has added", async () => {
    await expect(store.fold("nobody", { limit: 1 }, async () => {})).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("query", () => {
  test("takes parameters and answers rows", async () => {
    await store.query("insert into notes values ($1, $2, $3), (2, null, false)", [
      9007199254740993n.toString(),
      "it's",
      true,
    ]);
    expect(await store.query("select * from notes where text = $1 and done = $2", ["it's", true])).toEqual([
      { n: "9007199254740993", text: "it's", done: true },
    ]);
    expect(await store.query("select n from notes where text is not distinct from $1", [null])).toEqual([{ n: "2" }]);
  });

  test("has our own errors, without the statement's text", async () => {
    const failure = await store.query("select secret from notes").catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "StatewrightError", code: "INTERNAL" });
    expect((failure as Error).message).not.toContain("select");
  });
});
