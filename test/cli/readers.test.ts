/** `statewright projections` and `statewright subscriptions`, as a person and as a script use them. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openPostgresStore, type PostgresStore } from "../../src/store/postgres/postgres-store.ts";
import { freshDatabase, type TestDatabase } from "../support/postgres.ts";
import { killPrograms, runProgram } from "../support/programs.ts";
import { newEvent, newRun } from "../support/runs.ts";

let database: TestDatabase;
let store: PostgresStore;

beforeAll(async () => {
  database = await freshDatabase();
  store = await openPostgresStore({ url: database.url });
  const registered = newEvent("CustomerRegistered", {
    data: JSON.stringify({ name: "Ada", email: "ada@example.com" }),
  });
  await store.append(1, [newRun("customer/1", 0, [], { events: [registered] })]);
  await store.addReader("customer_summaries");
  const epoch = await store.joinGroup("letters", "a", 0);
  const { held: [cursor] } = (await store.shareGroup("letters", epoch))!;
  const [event] = await store.read("customer/1");
  await store.advancePartition(
    "letters",
    cursor!,
    0,
    (transaction) => transaction.park("customer/1", event!, { attempts: 5, detail: "{}" }),
  );
});
afterEach(killPrograms);
afterAll(async () => {
  await store.close();
  await database.drop();
});

async function statewright(...args: string[]): Promise<{ exit: number | string; out: string; err: string }> {
  const program = runProgram("src/cli/statewright.ts", { args, env: { DATABASE_URL: database.url } });
  return { exit: await program.ended, out: program.stdout(), err: program.stderr() };
}

test("projections are listed with how far they are, rebuilt, and listed again", async () => {
  const before = await statewright("projections");
  expect(before).toMatchObject({ exit: 0, err: "" });
  expect(before.out).toMatch(
    /^NAME +POSITION +HEAD +BEHIND +SECONDS +PARKED\ncustomer_summaries +0 +1 +1 +\d+\.\d +0\n$/,
  );

  const rebuilt = await statewright("projections", "rebuild", "customer_summaries");
  expect(rebuilt.exit).toBe(0);
  expect(rebuilt.out).toMatch(/customer_summaries is rebuilt, up to position 1\.\n$/);
  expect(await store.query("select id, name from customer_summaries")).toEqual([{ id: "1", name: "Ada" }]);

  const after = await statewright("projections", "list", "--json");
  expect(JSON.parse(after.out)).toEqual({
    name: "customer_summaries",
    position: 1,
    parked: 0,
    head: 1,
    lagPositions: 0,
    lagSeconds: 0,
  });
});

test("projections are verified, and a row that somebody has changed is shown with the event that explains it", async () => {
  const registered = newEvent("CustomerRegistered", { data: JSON.stringify({ name: "Bob", email: "b@example.com" }) });
  const changed = newEvent("CustomerChanged", { data: JSON.stringify({ name: "Bert" }) });
  await store.append(1, [newRun("customer/2", 0, [], { events: [registered, changed] })]);
  await statewright("projections", "rebuild", "customer_summaries");
  const fine = await statewright("projections", "verify", "--all");
  expect(fine).toMatchObject({ exit: 0, err: "" });
  expect(fine.out).toContain("customer_summaries is what the log says, up to position 3.\n");

  await store.query("update customer_summaries set name = 'Eve' where id = '2'");
  await store.query("update customer_summaries set id = '9' where id = '1'");
  const rows = await store.query("select * from customer_summaries order by id");
  const { exit, out, err } = await statewright("projections", "verify", "customer_summaries");
  expect(exit).toBe(4);
  expect(out).toMatch(
    /3 rows are not what the log says up to position 3\.\n✘ customer_summaries \{"id": "1"\}: does not show customer\/1\/1 CustomerRegistered \(position 1\)\n +stored +no such row\n +folded +\{.*"Ada".*\n✘ .*: does not show customer\/2\/2 CustomerChanged .*\n.*Eve.*\n.*Bert.*\n✘ .*"9".*: no event explains it/,
  );
  expect(err).toMatch(/^Not what the log says: customer_summaries\. To make one anew: projections rebuild/);
  const json = await statewright("projections", "verify", "customer_summaries", "--json");
  expect(JSON.parse(json.out)).toMatchObject({ projection: "customer_summaries", differing: 3, parked: 0, done: true });

  expect(await store.query("select * from customer_summaries order by id")).toEqual(rows);
  expect(await store.readers()).toMatchObject([{ name: "customer_summaries", position: 3 }]);
  expect(await store.query("select 1 from pg_namespace where nspname like 'verification%'")).toEqual([]);
  expect((await statewright("projections", "rebuild", "customer_summaries")).exit).toBe(0);
  expect((await statewright("projections", "verify", "customer_summaries")).exit).toBe(0);
});

test("what a subscription has parked is listed, and tried again", async () => {
  const list = await statewright("subscriptions", "--json");
  expect(JSON.parse(list.out)).toMatchObject({ name: "letters", position: 0, parked: 1 });
  const redriven = await statewright("subscriptions", "redrive", "letters");
  expect(redriven).toEqual({ exit: 0, out: "letters tries the events of 1 keys again, in their order.\n", err: "" });
  expect((await statewright("projections", "redrive", "customer_summaries")).out).toBe(
    "customer_summaries has parked nothing.\n",
  );
});

test.each<[string, string[], number, RegExp]>([
  [
    "an action that is none",
    ["projections", "burn"],
    2,
    /^There is no "burn" here\. There are: list, verify, rebuild, redrive\n$/,
  ],
  ["no name", ["projections", "rebuild"], 2, /^Missing: a name, as in projections rebuild order_summaries\n$/],
  ["a name and all", ["projections", "verify", "x", "--all"], 2, /^--all is for projections verify, without a name\n$/],
  ["a name that is none", ["projections", "rebuild", "x"], 3, /^There is no projection "x"; there are order_summaries/],
  ["an unknown flag", ["subscriptions", "--all"], 2, /^Unknown option '--all'/],
])("a mistake is one line: %s", async (_, args, exit, line) => {
  const answer = await statewright(...args);
  expect(answer).toMatchObject({ exit, out: "" });
  expect(answer.err).toMatch(line);
});
