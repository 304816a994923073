/** Task queues in JetStream. */
import { type Clock, systemClock } from "../../kernel/clock.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import { follow } from "../../kernel/follower.ts";
import { newId } from "../../kernel/ids.ts";
import { type Logger, silentLogger } from "../../kernel/logger.ts";
import { type Random, systemRandom } from "../../kernel/random.ts";
import {
  checkQueueName,
  checkTaskId,
  DEFAULT_WORK,
  type TaskQueue,
  type TaskQueues,
  taskText,
} from "../task-queues.ts";
import { patient, startWorker } from "../task-worker.ts";
import type { Nats } from "./connection.ts";
import { hasNoResponders, isTimeout } from "./failures.ts";
import { createTaskBroker, type TaskBroker } from "./task-broker.ts";
import { createTaskOffice, firstOf } from "./task-office.ts";
import { createSource, MOVE_EVERY_MS, publishTask, type TaskMessage } from "./task-source.ts";
import { TASKS, taskSubject } from "./task-streams.ts";

export interface JetStreamTaskQueuesOptions {
  readonly nats: Nats;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
}

/** A new task is heard of as it is published, which may be a moment before it can be handed out. */
const STORED_AFTER_MS = 20;

/** Task queues on a broker; its streams and consumers are made when they are first needed, and again when they are gone. */
export function createJetStreamTaskQueues(options: JetStreamTaskQueuesOptions): TaskQueues {
  const { nats, clock = systemClock, random = systemRandom, logger = silentLogger } = options;
  const broker = createTaskBroker(nats);
  return {
    queue: (name) => createQueue(nats, broker, checkQueueName(name)),
    ...createTaskOffice(nats, clock, broker),

    async tend(name, given) {
      const settings = { ...DEFAULT_WORK, ...given };
      const ensure = () => broker.ensure(name, settings);
      checkQueueName(name);
      await ensure();
      const work = patient(logger, `what has to wait in ${name}`, createSource(nats, clock, name, ensure).moveOn);
      const mover = follow({ name: `mover of ${name}`, clock, logger, pollMs: MOVE_EVERY_MS, work });
      return () => mover.stop();
    },

    async work(name, given, handle) {
      const settings = { ...DEFAULT_WORK, ...given };
      const ensure = () => broker.ensure(name, settings);
      checkQueueName(name);
      await ensure().catch((thrown: unknown) =>
        logger.warn({ queue: name, error: String(thrown) }, "a queue could not be prepared; its worker tries again")
      );
      const source = createSource(nats, clock, name, ensure);
      const worker = startWorker({ clock, random, logger }, name, settings, source, handle);
      const listening = await nats.listen(`tasks.${name}.>`, () => {
        worker.wake();
        clock.schedule(STORED_AFTER_MS, () => worker.wake());
      });
      return {
        async stop(drainMs) {
          await listening.close();
          await worker.stop(drainMs);
        },
      };
    },
  };
}

function createQueue(nats: Nats, broker: TaskBroker, name: string): TaskQueue {
  return {
    async enqueue(body, { priority = "normal", id = newId(), round = 1, delayMs = 0 } = {}) {
      const messageId = `${name}/${checkTaskId(id)}${round === 1 ? "" : `*${round}`}`;
      const text = taskText(body);
      await enqueueOnBroker(nats, broker, {
        queue: name,
        id,
        priority,
        text,
        delayMs,
        messageId,
        attempts: 0,
        enqueuedAt: undefined,
      });
      return id;
    },
    has: (id) =>
      broker.ask(async (manager) =>
        await firstOf(manager, TASKS, 1, taskSubject(name, "*", checkTaskId(id))) !== undefined
      ),
    remove: (id) =>
      broker.ask(async (manager) =>
        void await manager.streams.purge(TASKS, { filter: taskSubject(name, "*", checkTaskId(id)) })
      ),
  };
}

async function enqueueOnBroker(nats: Nats, broker: TaskBroker, task: TaskMessage): Promise<void> {
  await broker.ensure(task.queue);
  try {
    await publishTask(nats, task);
  } catch (thrown) {
    const { cause } = StatewrightError.from(thrown).details;
    if (!hasNoResponders(cause) && !isTimeout(cause)) throw thrown;
    // The stream may be gone, and with it all consumers; workers that listen keep the broker from saying so.
    broker.forget();
    await broker.ensure(task.queue);
    await publishTask(nats, task);
  }
}
