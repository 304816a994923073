import type { Clock } from "../../kernel/clock.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { Nats } from "../../messaging/jetstream/connection.ts";
import { createJetStreamTaskQueues } from "../../messaging/jetstream/task-queues.ts";
import { createStoredTaskQueues, type TaskDatabase } from "../../messaging/stored-task-queues.ts";
import type { TaskQueues } from "../../messaging/task-queues.ts";

export interface TaskQueuesOptions {
  /** Undefined: tasks are kept in the database. */
  readonly nats: Nats | undefined;
  readonly database: TaskDatabase;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The task queues of this house: on NATS when there is one, else in the database. */
export function openTaskQueues({ nats, ...parts }: TaskQueuesOptions): TaskQueues {
  return nats === undefined ? createStoredTaskQueues(parts) : createJetStreamTaskQueues({ nats, ...parts });
}
