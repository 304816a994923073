import { afterAll, beforeAll, describe } from "vitest";
import { freshDatabase, type TestDatabase } from "../support/postgres.ts";
import { type OpenTaskQueues, openTaskQueues, startTaskProcess } from "../support/task-queues.ts";
import { taskQueuesContract } from "./task-queues.ts";

let database: TestDatabase;
let opened: OpenTaskQueues[];

beforeAll(async () => {
  database = await freshDatabase();
  opened = [await openTaskQueues("postgres", database.url), await openTaskQueues("postgres", database.url)];
});

afterAll(async () => {
  await Promise.all(opened.map(({ close }) => close()));
  await database.drop();
});

describe("task queues in Postgres", () => {
  taskQueuesContract(() => ({
    queues: opened[0]!.queues,
    other: opened[1]!.queues,
    startProcess: (queue, eachMs) => startTaskProcess("postgres", database.url, queue, eachMs),
  }));
});
