/** Commands that fold the log anew, killed in the middle: what is in use stays as it was, and they can be begun again. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { systemClock as clock } from "../../src/kernel/clock.ts";
import { silentLogger as logger } from "../../src/kernel/logger.ts";
import { startProjector } from "../../src/projection/projector.ts";
import { orderSummaries } from "../../src/shop/projections/order-summaries.ts";
import { openPostgresStore, type PostgresStore } from "../../src/store/postgres/postgres-store.ts";
import { eventually } from "../support/eventually.ts";
import { freshDatabase, type TestDatabase } from "../support/postgres.ts";
import { killPrograms, type Program, runProgram } from "../support/programs.ts";
import { storeOrders } from "../support/stored-orders.ts";

let database: TestDatabase;
let store: PostgresStore;

beforeAll(async () => {
  database = await freshDatabase();
  store = await openPostgresStore({ url: database.url });
  await storeOrders(store, 3_000);
  const projector = startProjector({ store, projections: [orderSummaries], clock, logger });
  projector.wake();
  await projector.reached(await store.head(), 30_000);
  await projector.stop();
});
afterEach(killPrograms);
afterAll(async () => {
  await store.close();
  await database.drop();
});

const start = (...args: string[]): Program =>
  runProgram("src/cli/statewright.ts", { args, env: { DATABASE_URL: database.url } });

const rows = () => store.query("select to_json(s)::text as row from order_summaries s order by id");
const readers = async () => (await store.readers()).map(({ name }) => name);
const shadows = () => store.query("select 1 from pg_namespace where nspname ~ '^(rebuild|verification)_'");

test.each<[string, string]>([["rebuild", "is rebuilt"], ["verify", "is what the log says"]])(
  "%s",
  async (action, words) => {
    const before = await rows();
    expect(before).toHaveLength(3_000);
    const program = start("projections", action, "order_summaries");
    await eventually(
      async () => {
        const found = (await store.readers()).find(({ name }) => name.includes(" of order_summaries "));
        expect(found?.position).toBeGreaterThan(0);
      },
      20_000,
    );
    program.kill("SIGKILL");
    expect(await program.ended).toBe("SIGKILL");
    expect(await rows()).toEqual(before);
    expect(await readers()).toContain("order_summaries");

    const again = start("projections", action, "order_summaries");
    expect({ exit: await again.ended, err: again.stderr() }).toEqual({ exit: 0, err: "" });
    expect(again.stdout()).toContain(words);
    expect(await rows()).toEqual(before);
    expect(await readers()).toEqual(["order_summaries"]);
    expect(await shadows()).toEqual([]);
  },
);
