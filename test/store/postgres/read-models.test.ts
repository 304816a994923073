import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openPostgresStore, type PostgresStore } from "../../../src/store/postgres/postgres-store.ts";
import { freshDatabase, type TestDatabase } from "../../support/postgres.ts";

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
});

const notes = async () => (await store.query("select n from notes order by n")).map(({ n }) => n);

describe("advance", () => {
  test("moves rows and checkpoint together", async () => {
    expect(await store.checkpoint("reader")).toBe(0);
    const after = await store.advance("reader", async ({ query }, checkpoint) => {
      expect(checkpoint).toBe(0);
      await query("insert into notes values ($1, $2, $3)", [1, "one", true]);
      return 5;
    });
    expect(after).toBe(5);
    expect(await store.checkpoint("reader")).toBe(5);
    expect(await notes()).toEqual(["1"]);
    expect(await store.checkpoint("another")).toBe(0);
  });

  test("leaves nothing behind when the work fails, and passes its own error on", async () => {
    await store.advance("reader", async () => 3);
    const failure = new Error("the fold failed");
    await expect(store.advance("reader", async ({ query }) => {
      await query("insert into notes values (1, 'one', true)");
      throw failure;
    })).rejects.toBe(failure);
    expect(await store.checkpoint("reader")).toBe(3);
    expect(await notes()).toEqual([]);
  });

  test("leaves nothing behind when a statement fails, even if the work goes on", async () => {
    const work = store.advance("reader", async ({ query }) => {
      await query("insert into notes values (1, 'one', true)");
      await query("insert into notes values (1, 'one', true)").catch(() => {});
      return 9;
    });
    await expect(work).rejects.toMatchObject({ name: "StatewrightError" });
    expect(await store.checkpoint("reader")).toBe(0);
    expect(await notes()).toEqual([]);
  });

  test("lets one at a time advance a reader, from where the one before has stopped", async () => {
    const steps = Array.from({ length: 5 }, () =>
      store.advance("reader", async ({ query }, checkpoint) => {
        await query("insert into notes values ($1, '', false)", [checkpoint]);
        return checkpoint + 1;
      }));
    expect((await Promise.all(steps)).sort()).toEqual([1, 2, 3, 4, 5]);
    expect(await notes()).toEqual(["0", "1", "2", "3", "4"]);
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
