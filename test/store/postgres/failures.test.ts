import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPostgresStore } from "../../../src/store/postgres/postgres-store.ts";
import { emptyDatabase, type TestDatabase } from "../../support/postgres.ts";
import { startTcpProxy } from "../../support/tcp-proxy.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await emptyDatabase();
});
afterAll(() => database.drop());

function changed(change: (url: URL) => void): string {
  const url = new URL(database.url);
  change(url);
  return url.href;
}

describe("opening a store", () => {
  test("says what to check when the server does not let us in", async () => {
    const url = changed((given) => given.pathname = "/no_such_database");
    await expect(openPostgresStore({ url })).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(/no_such_database.*DATABASE_URL/),
    });
  });

  test("may be tried again when the server is not there", async () => {
    const url = changed((given) => given.port = "1");
    await expect(openPostgresStore({ url })).rejects.toMatchObject({ code: "UNAVAILABLE", retryable: true });
  });

  test("works before the migrations, whose lack each call names", async () => {
    const store = await openPostgresStore({ url: database.url });
    expect(store.description).toMatch(/^PostgreSQL \d+\.\d+$/);
    await expect(store.head()).rejects.toMatchObject({
      code: "INTERNAL",
      message: expect.stringContaining("npm run migrate"),
    });
    await store.close();
  });
});

test("a store that is closed answers nothing any more", async () => {
  const store = await openPostgresStore({ url: database.url });
  await store.close();
  await expect(store.head()).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await expect(store.append(1, [{ stream: "a/1", expectedVersion: 0, events: [], waiting: null, requestKeys: [] }]))
    .rejects
    .toMatchObject({ code: "UNAVAILABLE" });
});

test("a ping that is not answered in time fails", async () => {
  const { hostname: host, port } = new URL(database.url);
  const proxy = await startTcpProxy({ host, port: Number(port) });
  const store = await openPostgresStore({ url: changed((url) => url.port = String(proxy.port)) });
  await expect(store.ping(5_000)).resolves.toBeUndefined();
  proxy.swallowAnswers();
  await expect(store.ping(100)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await proxy.close();
  await store.close();
});
