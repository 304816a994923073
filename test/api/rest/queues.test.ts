/** The operator's view of the task queues: over REST, on the command line, and in metrics. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Hono } from "hono";
import { answerProblem } from "../../../src/api/rest/answer.ts";
import { queueRoutes } from "../../../src/api/rest/queues.ts";
import { silentLogger } from "../../../src/kernel/logger.ts";
import { createMetrics } from "../../../src/kernel/metrics.ts";
import { measureTasks } from "../../../src/messaging/task-metrics.ts";
import { statsOf } from "../../../src/messaging/task-queues.ts";
import { NonRetryableError } from "../../../src/runtime/activities.ts";
import { eventually } from "../../support/eventually.ts";
import { freshDatabase, type TestDatabase } from "../../support/postgres.ts";
import { runProgram } from "../../support/programs.ts";
import { type OpenTaskQueues, openTaskQueues } from "../../support/task-queues.ts";

let database: TestDatabase;
let opened: OpenTaskQueues;
let app: Hono;

beforeAll(async () => {
  database = await freshDatabase();
  opened = await openTaskQueues("postgres", database.url);
  app = new Hono();
  app.onError((thrown, c) => answerProblem(c, thrown, silentLogger));
  queueRoutes(app, opened.queues);
});

afterAll(async () => {
  await opened.close();
  await database.drop();
});

/** A queue with so many dead tasks and one that waits. */
async function queueWith(name: string, dead: number): Promise<void> {
  const { queues } = opened;
  for (let n = 0; n < dead; n++) await queues.queue(name).enqueue({ n }, { id: `t/${n}` });
  const worker = await queues.work(name, { concurrency: 1 }, async () => {
    throw new NonRetryableError("no use");
  });
  await eventually(async () => expect(await statsOf(queues, name)).toMatchObject({ dead, waiting: 0 }));
  await worker.stop();
  await queues.queue(name).enqueue("waits");
}

async function call(method: string, path: string, body?: object) {
  const response = await app.request(path, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}

describe("over REST", () => {
  beforeAll(() => queueWith("rest.mail", 5));

  test("queues are listed and shown", async () => {
    const mail = { name: "rest.mail", waiting: 1, inProcess: 0, dead: 5, oldestAgeMs: expect.any(Number) };
    const { body } = await call("GET", "/v1/queues");
    expect(body.items).toContainEqual(expect.objectContaining(mail));
    expect(await call("GET", "/v1/queues/rest.mail")).toMatchObject({
      status: 200,
      body: { ...mail, _links: { deadLetters: { href: "/v1/queues/rest.mail/dead-letters" } } },
    });
  });

  test("dead letters are read in pages, redriven and dismissed", async () => {
    const path = "/v1/queues/rest.mail/dead-letters";
    const first = (await call("GET", `${path}?limit=3`)).body;
    const rest = (await call("GET", `${path}?limit=3&after=${first.next}`)).body;
    expect(rest.next).toBeNull();
    expect([...first.items, ...rest.items].map(({ taskId }) => taskId)).toEqual(["t/0", "t/1", "t/2", "t/3", "t/4"]);
    const [letter, other] = first.items;
    expect(letter).toMatchObject({
      task: { n: 0 },
      reason: "NonRetryableError: no use",
      attempts: 1,
      priority: "normal",
    });
    const { redrive } = letter._links;
    expect(await call("POST", redrive.href)).toMatchObject({ status: 200, body: { count: 1 } });
    expect(await call("POST", redrive.href)).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
    expect(await call("DELETE", other._links.dismiss.href)).toMatchObject({ status: 204 });
    expect(await call("DELETE", other._links.dismiss.href)).toMatchObject({ status: 404 });
    const dry = { queue: "rest.mail", dryRun: true, count: 3 };
    expect(await call("POST", `${path}/redrive`, { dryRun: true })).toEqual({ status: 200, body: dry });
    expect(await call("POST", `${path}/redrive`, {})).toMatchObject({ body: { dryRun: false, count: 3 } });
    expect((await call("GET", "/v1/queues/rest.mail")).body).toMatchObject({ waiting: 5, dead: 0 });
  });

  test.each<[string, string, object | undefined, number, string]>([
    ["GET", "/v1/queues/nobody", undefined, 404, "NOT_FOUND"],
    ["GET", "/v1/queues/a%20b", undefined, 404, "NOT_FOUND"],
    ["GET", "/v1/queues?x=1", undefined, 400, "UNKNOWN_FIELD"],
    ["GET", "/v1/queues/rest.mail/dead-letters?after=1", undefined, 400, "MALFORMED"],
    ["POST", "/v1/queues/rest.mail/dead-letters/one/redrive", undefined, 400, "MALFORMED"],
    ["POST", "/v1/queues/rest.mail/dead-letters/redrive", { dryRun: "yes" }, 400, "MALFORMED"],
    ["POST", "/v1/queues/rest.mail/dead-letters/redrive", { all: true }, 400, "UNKNOWN_FIELD"],
    ["POST", "/v1/queues/nobody/dead-letters/redrive", {}, 404, "NOT_FOUND"],
    ["PUT", "/v1/queues/rest.mail", undefined, 405, "METHOD_NOT_ALLOWED"],
  ])("%s %s %j is refused", async (method, path, body, status, code) => {
    expect(await call(method, path, body)).toMatchObject({ status, body: { code } });
  });
});

test("metrics tell each queue's figures", async () => {
  await queueWith("metrics.mail", 2);
  const metrics = createMetrics();
  measureTasks(metrics, opened.queues);
  const { text } = await metrics.render();
  expect(text).toContain('statewright_tasks_waiting{queue="metrics.mail"} 1\n');
  expect(text).toContain('statewright_tasks_in_process{queue="metrics.mail"} 0\n');
  expect(text).toContain('statewright_tasks_dead{queue="metrics.mail"} 2\n');
  expect(text).toMatch(/statewright_tasks_oldest_age_seconds\{queue="metrics\.mail"\} [\d.e-]+\n/);
});

describe("on the command line", () => {
  beforeAll(() => queueWith("cli.mail", 3));

  async function queues(...args: string[]) {
    const program = runProgram("src/cli/statewright.ts", {
      args: ["queues", ...args],
      env: { DATABASE_URL: database.url },
    });
    return { exitCode: await program.ended, stdout: program.stdout(), stderr: program.stderr() };
  }

  test("queues are listed, shown, looked into and redriven", async () => {
    expect((await queues()).stdout).toMatch(/^cli\.mail +1 waiting, 0 in process, 3 dead, the oldest for/m);
    const shown = await queues("show", "cli.mail", "--json");
    expect(JSON.parse(shown.stdout)).toMatchObject({ queue: "cli.mail", waiting: 1, dead: 3 });
    const dead = (await queues("dead", "cli.mail", "--json")).stdout.trim().split("\n").map((line) => JSON.parse(line));
    expect(dead.map(({ id }) => id)).toEqual(["t/0", "t/1", "t/2"]);
    expect((await queues("dead", "cli.mail")).stdout).toMatch(/t\/0 {2}normal .* after 1: NonRetryableError: no use/);
    expect((await queues("redrive", "cli.mail", "--dry-run")).stdout).toBe("3 of cli.mail would be redriven\n");
    const one = ["redrive", "cli.mail", "--letter", String(dead[1].number)];
    expect((await queues(...one)).stdout).toBe("1 of cli.mail redriven\n");
    expect(await queues(...one)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining("There is no dead task"),
    });
    expect((await queues("dismiss", "cli.mail", "--letter", String(dead[0].number))).stdout).toMatch(/^1 .* dismissed/);
    expect((await queues("redrive", "cli.mail")).stdout).toBe("1 of cli.mail redriven\n");
    expect(await statsOf(opened.queues, "cli.mail")).toMatchObject({ waiting: 3, dead: 0 });
  });

  test.each<[string[], number, RegExp]>([
    [["shwo"], 2, /^There is no "queues shwo"\. There are: list, show/],
    [["show"], 2, /^Missing: queue/],
    [["show", "nobody"], 3, /^There is no queue "nobody"/],
    [["redrive", "cli.mail", "--letter", "x"], 2, /^--letter takes a number/],
    [["dismiss", "cli.mail"], 2, /^Missing: --letter/],
  ])("queues %j is refused", async (args, exitCode, stderr) => {
    expect(await queues(...args)).toMatchObject({ exitCode, stderr: expect.stringMatching(stderr) });
  });
});
