import { systemClock } from "../../src/kernel/clock.ts";
import { silentLogger } from "../../src/kernel/logger.ts";
import { openNats } from "../../src/messaging/jetstream/connection.ts";
import { createJetStreamTaskQueues } from "../../src/messaging/jetstream/task-queues.ts";
import { createStoredTaskQueues } from "../../src/messaging/stored-task-queues.ts";
import type { TaskQueues } from "../../src/messaging/task-queues.ts";
import { openPostgresStore } from "../../src/store/postgres/postgres-store.ts";
import { type Program, runProgram } from "./programs.ts";

export interface OpenTaskQueues {
  readonly queues: TaskQueues;
  close(): Promise<void>;
}

export type TaskQueuesKind = "postgres" | "jetstream";

/** Task queues over a connection of their own. */
export async function openTaskQueues(kind: TaskQueuesKind, url: string): Promise<OpenTaskQueues> {
  if (kind === "postgres") {
    const store = await openPostgresStore({ url, connections: 3 });
    return {
      queues: createStoredTaskQueues({ database: store }),
      close: () => store.close(),
    };
  }
  const nats = await openNats({ url, name: "test", clock: systemClock, logger: silentLogger });
  return { queues: createJetStreamTaskQueues({ nats }), close: () => nats.close() };
}

/** A process that works on a queue until it is killed; it says `did <id>` for each task, after so long. */
export function startTaskProcess(kind: TaskQueuesKind, url: string, queue: string, eachMs: number): Program {
  return runProgram("test/support/task-process.ts", { args: [kind, url, queue, String(eachMs)] });
}
