/** A process that works on a queue: `postgres|jetstream <url> <queue> <ms a task>`. A task that is "die" ends it. */
import { setTimeout as pause } from "node:timers/promises";
import { openTaskQueues } from "./task-queues.ts";

const [kind, url, queue, eachMs] = process.argv.slice(2);
const { queues } = await openTaskQueues(kind === "postgres" ? "postgres" : "jetstream", url!);
await queues.work(queue!, { concurrency: 2, ackWaitMs: 1_500 }, async (task, { id }) => {
  if (task === "die") process.kill(process.pid, "SIGKILL");
  console.log(`took ${id}`);
  await pause(Number(eachMs));
  console.log(`did ${id}`);
});
console.log("ready");
setInterval(() => {}, 60_000);
