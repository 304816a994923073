/**
 * postgres.js 3.4.9 writes to a socket that is null when a transaction is asked for anything after its connection has
 * ended (`nextWrite`, from a setImmediate): nobody can catch it, and the process ends.
 */
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Query, queryOn } from "../../../src/store/postgres/connection.ts";
import { inTransaction } from "../../../src/store/postgres/transaction.ts";
import { emptyDatabase, type TestDatabase } from "../../support/postgres.ts";

let database: TestDatabase;
let sql: postgres.Sql;

beforeAll(async () => {
  database = await emptyDatabase();
  sql = postgres(database.url, { max: 2, backoff: () => 0.05, onnotice: () => {} });
});
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await database.drop();
});

async function endSession(query: Query): Promise<void> {
  const [row] = await query("select pg_backend_pid() as pid");
  await database.query(`select pg_terminate_backend(${String(row!["pid"])}, 2000)`);
  await new Promise((resolve) => setTimeout(resolve, 30));
}

const work: Record<string, (query: Query) => Promise<unknown>> = {
  "asks on": async (query) => {
    await endSession(query);
    return await query("select 1");
  },
  "asks something long": async (query) => {
    await endSession(query);
    return await query("select $1::text", ["x".repeat(5_000)]);
  },
  "returns": (query) => endSession(query),
  "throws": async (query) => {
    await endSession(query);
    throw new Error("the work's own");
  },
  "idles for too long, and asks on": async (query) => {
    await query("set local idle_in_transaction_session_timeout = 30");
    await new Promise((resolve) => setTimeout(resolve, 500));
    return await query("select 1");
  },
  "waits for an answer": async (query) => {
    const [row] = await query("select pg_backend_pid() as pid");
    setTimeout(() => void database.query(`select pg_terminate_backend(${String(row!["pid"])})`), 20);
    return await query("select pg_sleep(10)");
  },
};

describe("a transaction whose connection ends is rejected, and the process lives, when its work then", () => {
  test.each(Object.keys(work))("%s", async (name) => {
    await expect(inTransaction(sql, work[name]!)).rejects.toMatchObject({ code: "UNAVAILABLE", retryable: true });
    // Long enough for a stray callback, which would fail the run.
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(await inTransaction(sql, (query) => query("select 1 as one"))).toEqual([{ one: 1 }]);
  });
});

test("a process that was stopped in one may try again what it asks next over that connection", async () => {
  const single = postgres(database.url, { max: 1, backoff: () => 0.05, onnotice: () => {} });
  const stopped = inTransaction(single, async (query) => {
    await query("set local idle_in_transaction_session_timeout = 30");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  });
  // It gets what the server has said to the one before it.
  const next = queryOn(single)("select 1");
  await expect(stopped).rejects.toMatchObject({ retryable: true });
  await expect(next).rejects.toMatchObject({
    code: "UNAVAILABLE",
    retryable: true,
    message: expect.stringContaining("idle-in-transaction timeout"),
  });
  await single.end({ timeout: 1 });
});

test("what the driver itself does not take is an error like any other", async () => {
  const undefinedValue = [undefined] as unknown as string[];
  await expect(inTransaction(sql, (query) => query("select $1::text", undefinedValue))).rejects.toThrow(/undefined/i);
  expect(await inTransaction(sql, (query) => query("select 1 as one"))).toEqual([{ one: 1 }]);
});

test("what the work throws rolls back and goes on as it is", async () => {
  await sql`create table notes (n int)`;
  const own = new Error("the work's own");
  await expect(inTransaction(sql, async (query) => {
    await query("insert into notes values (1)");
    throw own;
  })).rejects.toBe(own);
  expect(await inTransaction(sql, (query) => query("select n from notes"))).toEqual([]);
});
