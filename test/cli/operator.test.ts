/** The operator's commands beside a living node, as a person and as a script use them. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../src/kernel/ids.ts";
import { eventually } from "../support/eventually.ts";
import { killPrograms, runProgram } from "../support/programs.ts";
import { type ShopClient, shopClient } from "../support/shop-client.ts";
import { type ShopService, startShopService } from "../support/shop-service.ts";

let service: ShopService;
let shop: ShopClient;
let stuck: string;
let cancelled: string;

beforeAll(async () => {
  service = await startShopService();
  shop = shopClient(service.url);
  const [customer, product] = [await shop.customer(), await shop.product("100", 50)];
  const place = async () => (await shop.place(customer, { [product]: 1 })).body.id as string;
  [stuck, cancelled] = [await place(), await place()];
  await shop.reaches(stuck, "confirmed");
  await shop.reaches(cancelled, "confirmed");
  await service.behaviours.tell(stuck, { refund: "decline" });
  for (const id of [stuck, cancelled]) await shop.post(`/v1/orders/${id}/cancel`, {});
  await shop.reaches(stuck, "needsIntervention");
  await shop.reaches(cancelled, "cancelled");
});
afterEach(killPrograms);
afterAll(() => service.stop());

interface Said {
  readonly exit: number | string;
  readonly out: string;
  readonly err: string;
}

async function statewright(...args: string[]): Promise<Said> {
  const env = { DATABASE_URL: service.databaseUrl };
  const program = runProgram("src/cli/statewright.ts", { args, env });
  return { exit: await program.ended, out: program.stdout(), err: program.stderr() };
}

const lines = ({ out }: Said) => out.trim().split("\n").map((line) => JSON.parse(line));

test("why says what an actor waits for, for people and for machines", async () => {
  const why = await statewright("why", `order/${stuck}`);
  expect(why).toMatchObject({ exit: 0, err: "" });
  expect(why.out).toMatch(/needsIntervention {2}active, since/);
  expect(why.out).toMatch(/^It waits for its timer "reminderInterval", due in .*or for an operator to propose Comp/m);
  expect(why.out).toMatch(/^accepts {5}CompensationRetried, .* \(from an operator\)$/m);
  const [json] = lines(await statewright("why", `order/${stuck}`, "--json"));
  expect(json).toMatchObject({ state: "needsIntervention", canBeWoken: true, deadLetters: [] });
  expect((await statewright("why", `order/${cancelled}`)).out).toContain("It has come to its end");
});

test("stuck finds nothing in a shop that is well", async () => {
  expect(await statewright("stuck")).toEqual({ exit: 0, out: "Nothing is stuck.\n", err: "" });
  expect(await statewright("stuck", "order", "--json")).toEqual({ exit: 0, out: "", err: "" });
});

test("orders watch shows the way of an order, and ends with it", async () => {
  const watched = await statewright("orders", "watch", cancelled);
  expect(watched).toMatchObject({ exit: 0, err: "" });
  expect(watched.out).toMatch(/^ +v1 {2}OrderPlaced +reservingStock\n/);
  expect(watched.out).toMatch(/ CancellationRequested +compensating\.\S+ +\+\d+ ms {3}↩ undoing what was done\n/);
  expect(watched.out).toMatch(/ cancelled +\+\d+ ms {3}✔ fully compensated\n$/);
  const updates = lines(await statewright("orders", "watch", `order/${cancelled}`, "--json"));
  expect(updates.map(({ version }) => version)).toEqual(updates.map((_, index) => index + 1));
  const rest = lines(
    await statewright("orders", "watch", cancelled, "--json", "--after", String(updates.at(-2).position)),
  );
  expect(rest).toEqual([updates.at(-1)]);
});

test("actors are listed, shown, and told something with a reason; the node goes on from there", async () => {
  const inNeed = lines(await statewright("actors", "list", "order", "--state", "needsIntervention", "--json"));
  expect(inNeed).toMatchObject([{ stream: `order/${stuck}`, state: "needsIntervention", open: [{ kind: "timer" }] }]);
  expect((await statewright("actors", "list", "order", "--limit", "1")).out.trim().split("\n")).toHaveLength(2);
  expect((await statewright("actors", "show", `order/${stuck}`)).out).toMatch(/^It waits for/m);

  const refused = await statewright("actors", "propose", `order/${stuck}`, "OrderShipped", "{}", "--reason", "why not");
  expect(refused).toMatchObject({ exit: 1, out: "", err: '"OrderShipped" is not possible in "needsIntervention"\n' });
  const skip = ["actors", "propose", `order/${stuck}`, "CompensationSkipped", '{"reason":"paid back in cash"}'];
  expect(await statewright(...skip)).toMatchObject({ exit: 2, err: expect.stringContaining("--reason") });
  const accepted = await statewright(...skip, "--reason", "the till says so", "--json");
  expect(accepted).toMatchObject({ exit: 0, err: "" });
  const [{ version }] = lines(accepted);
  await shop.reaches(stuck, "cancelled");
  const [entry] = await service.store.audits({ subject: `order/${stuck}`, limit: 1 });
  expect(entry).toMatchObject({
    who: expect.stringMatching(/^cli:\d+$/),
    reason: "the till says so",
    outcome: `version ${version}`,
  });
  const late = [...skip.slice(0, 2), `order/${newId()}`, "CompensationSkipped", '{"reason":"x"}', "--reason", "x"];
  expect(await statewright(...late)).toMatchObject({ exit: 3 });
});

describe("dead letters", () => {
  const source = `order/${newId()}/1/0`;
  const message = {
    kind: "message",
    id: "1/0",
    to: { type: "customer", id: newId() },
    event: { type: "CustomerChanged" },
    position: 1,
    correlationId: "c",
  };

  test("are listed, shown, redriven dry, redriven in vain, and dismissed", async () => {
    expect((await statewright("dead-letters")).out).toBe("There are no dead letters.\n");
    await service.store.bury({
      reason: "message refused",
      stream: source.slice(0, -4),
      source,
      attempts: 1,
      detail: JSON.stringify({ message }),
    });
    const [letter] = lines(await statewright("dead-letters", "--json"));
    expect(letter).toMatchObject({ reason: "message refused", source, detail: { message } });
    expect((await statewright("dead-letters", "list", "--of", "late outcome")).out).toBe(
      "There are no dead letters.\n",
    );
    const shown = await statewright("dead-letters", "show", letter.id);
    expect(shown.out).toMatch(/\nA redrive would propose CustomerChanged of order\/\S+ to customer\/\S+ again\.\n/);
    const dry = await statewright("dead-letters", "redrive", "--of", "message refused", "--dry-run");
    expect(dry).toMatchObject({ exit: 0, out: expect.stringMatching(/^\d+ {2}would: propose CustomerChanged/) });
    const vain = await statewright("dead-letters", "redrive", letter.id, "--reason", "again");
    expect(vain).toMatchObject({ exit: 1, err: "1 of 1 are as they were.\n" });
    expect(vain.out).toMatch(/ failed: customer\/\S+ refuses CustomerChanged still/);
    expect(await statewright("dead-letters", "dismiss", letter.id, "--reason", "seen to")).toMatchObject({ exit: 0 });
    expect(await statewright("dead-letters", "show", letter.id)).toMatchObject({ exit: 3, out: "" });
  });
});

describe("doctor", () => {
  test("examines everything, says what is as it should be and what is not", async () => {
    const said = await statewright("doctor", "--json");
    const findings = new Map(lines(said).map(({ what, ...found }) => [what, found]));
    // The tests' own server may be told not to write through, which is nothing for anybody else's.
    const settings = ["fsync", "full_page_writes", "synchronous_commit"];
    const shown = await Promise.all(settings.map((name) => service.store.query(`show ${name}`)));
    const isOn = shown.map(([row], n) => row![settings[n]!] === "on");
    expect(settings.map((what) => findings.get(what)?.verdict)).toEqual(isOn.map((on) => on ? "ok" : "wrong"));
    expect(said.exit).toBe(isOn.includes(false) ? 1 : 0);
    for (
      const what of ["engine", "migrations", "database", "clock", "nodes", "timers", "dead letters", "bus"]
    ) {
      expect([what, findings.get(what)?.verdict]).toEqual([what, "ok"]);
    }
    expect((await statewright("doctor")).out).toMatch(/^✔ migrations +All are applied$/m);
  });

  test("exits with 5 when the database or the bus is away", async () => {
    const away = "postgres://nobody@127.0.0.1:9/none";
    const database = runProgram("src/cli/statewright.ts", { args: ["doctor"], env: { DATABASE_URL: away } });
    expect(await database.ended).toBe(5);
    expect(database.stdout()).toMatch(/^✘ database/m);
    const env = { DATABASE_URL: service.databaseUrl, NATS_URL: "nats://127.0.0.1:9" };
    const bus = runProgram("src/cli/statewright.ts", { args: ["doctor"], env });
    expect(await bus.ended).toBe(5);
    expect(bus.stdout()).toMatch(/^✘ bus/m);
  });
});

test.each<[string, string[], number, RegExp]>([
  ["no actor", ["why"], 2, /^Missing: actor/],
  ["no address", ["why", "nonsense"], 2, /^An actor is named like order/],
  ["nobody's address", ["why", `order/${newId()}`], 3, /^There is no order/],
  ["a type that is none", ["why", "ghost/1"], 3, /^There is no actor type ghost/],
  ["an order that is none", ["orders", "watch", newId()], 3, /^There is no such order/],
  ["an action that is none", ["orders", "burn"], 2, /^There is no "burn" here\. There are: watch/],
  ["a letter that is none", ["dead-letters", "redrive", "77", "--reason", "x"], 3, /^There is no dead letter 77/],
  ["neither a letter nor a kind", ["dead-letters", "redrive"], 2, /^Name one/],
  [
    "fields that are no JSON",
    ["actors", "propose", "order/1", "OrderShipped", "{", "--reason", "x"],
    2,
    /^The event's/,
  ],
])("a mistake is one line: %s", async (_, args, exit, line) => {
  const said = await statewright(...args);
  expect(said).toMatchObject({ exit, out: "" });
  expect(said.err).toMatch(line);
  expect(said.err.trim().split("\n")).toHaveLength(1);
});

test("an actor is made by its creation event, and the node knows it", async () => {
  const id = newId();
  const opened = JSON.stringify({ orderId: stuck, text: "Where is it?" });
  const said = await statewright(
    "actors",
    "propose",
    `conversation/${id}`,
    "ConversationOpened",
    opened,
    "--reason",
    "phone",
  );
  expect(said).toMatchObject({ exit: 0, err: "" });
  await eventually(async () =>
    expect((await shop.get(`/v1/actors/conversation/${id}`)).body).toMatchObject({ version: 1 })
  );
});
