import { afterAll, beforeAll, describe } from "vitest";
import { natsBinary, type NatsServer, startNatsServer, stopNatsServers } from "../support/nats-server.ts";
import { type OpenTaskQueues, openTaskQueues, startTaskProcess } from "../support/task-queues.ts";
import { taskQueuesContract } from "./task-queues.ts";

const binary = await natsBinary();
if ("missing" in binary) console.warn(`Skipped: task queues in JetStream. ${binary.missing}`);

let server: NatsServer;
let opened: OpenTaskQueues[] = [];

describe.skipIf("missing" in binary)("task queues in JetStream", () => {
  beforeAll(async () => {
    server = await startNatsServer();
    opened = [await openTaskQueues("jetstream", server.url), await openTaskQueues("jetstream", server.url)];
  });
  afterAll(async () => {
    await Promise.all(opened.map(({ close }) => close()));
    await stopNatsServers();
  });

  taskQueuesContract(() => ({
    queues: opened[0]!.queues,
    other: opened[1]!.queues,
    startProcess: (queue, eachMs) => startTaskProcess("jetstream", server.url, queue, eachMs),
  }));
});
