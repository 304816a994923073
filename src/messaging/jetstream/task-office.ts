/** What an operator sees of the queues in JetStream, read from its streams and consumers. */
import type { ConsumerInfo, JetStreamManager, StoredMsg } from "@nats-io/jetstream";
import type { Clock } from "../../kernel/clock.ts";
import type { DeadTask, QueueStats, TaskOffice } from "../task-queues.ts";
import type { Nats } from "./connection.ts";
import type { TaskBroker } from "./task-broker.ts";
import { parseBody, publishTask, readHeaders, REASON } from "./task-source.ts";
import { deadSubject, partsOfConsumer, partsOfDeadSubject, TASKS, TASKS_DEAD, unlessMissing } from "./task-streams.ts";

export function createTaskOffice(nats: Nats, clock: Clock, broker: TaskBroker): TaskOffice {
  return {
    stats: () =>
      broker.ask(async (manager) => {
        const [consumers, dead] = await Promise.all([consumersOf(manager), deadByQueue(manager)]);
        const names = new Set([...consumers.keys(), ...dead.keys()]);
        return await Promise.all(
          [...names].sort().map((queue) =>
            statsOfQueue(manager, clock, queue, consumers.get(queue) ?? [], dead.get(queue) ?? 0)
          ),
        );
      }),

    dead: (queue, { limit, after = 0 }) =>
      broker.ask(async (manager) => {
        const page: DeadTask[] = [];
        for (let seq = after + 1; page.length < limit;) {
          const message = await firstOf(manager, TASKS_DEAD, seq, deadSubject(queue, "*"));
          if (message === undefined) break;
          page.push(deadTaskOf(message));
          seq = message.seq + 1;
        }
        return page;
      }),

    redrive: (queue, number) =>
      broker.ask(async (manager) => {
        const letter = await letterOf(manager, queue, number);
        if (letter === undefined) return false;
        const { id, priority } = deadTaskOf(letter);
        await broker.ensure(queue);
        // A redrive that broke off after this, and is repeated soon, enqueues nothing more.
        const messageId = `${queue}/${id}<${number}`;
        const task = { queue, id, priority, text: letter.string(), attempts: 0, enqueuedAt: undefined, delayMs: 0 };
        await publishTask(nats, { ...task, messageId });
        await manager.streams.deleteMessage(TASKS_DEAD, number, false);
        return true;
      }),

    dismiss: (queue, number) =>
      broker.ask(async (manager) => {
        if (await letterOf(manager, queue, number) === undefined) return false;
        return await manager.streams.deleteMessage(TASKS_DEAD, number, false);
      }),
  };
}

async function consumersOf(manager: JetStreamManager): Promise<Map<string, ConsumerInfo[]>> {
  const byQueue = new Map<string, ConsumerInfo[]>();
  if (await unlessMissing(manager.streams.info(TASKS)) === undefined) return byQueue;
  for await (const info of manager.consumers.list(TASKS)) {
    const { queue } = partsOfConsumer(info.name);
    byQueue.set(queue, [...(byQueue.get(queue) ?? []), info]);
  }
  return byQueue;
}

async function deadByQueue(manager: JetStreamManager): Promise<Map<string, number>> {
  const info = await unlessMissing(manager.streams.info(TASKS_DEAD, { subjects_filter: "tasks-dead.>" }));
  const byQueue = new Map<string, number>();
  for (const [subject, count] of Object.entries(info?.state.subjects ?? {})) {
    const { queue } = partsOfDeadSubject(subject);
    byQueue.set(queue, (byQueue.get(queue) ?? 0) + count);
  }
  return byQueue;
}

async function statsOfQueue(
  manager: JetStreamManager,
  clock: Clock,
  queue: string,
  consumers: readonly ConsumerInfo[],
  dead: number,
): Promise<QueueStats> {
  let [waiting, inProcess] = [0, 0];
  const oldest: number[] = [];
  for (const info of consumers) {
    waiting += info.num_pending;
    // What waits for its time is out in the broker's eyes only.
    if (partsOfConsumer(info.name).lane === "delayed") waiting += info.num_ack_pending;
    else inProcess += info.num_ack_pending;
    if (info.num_pending + info.num_ack_pending === 0 || info.config.filter_subject === undefined) continue;
    const first = await firstOf(manager, TASKS, 1, info.config.filter_subject);
    if (first) oldest.push(readHeaders(first.header, first.subject, first.time.getTime()).enqueuedAt);
  }
  const oldestAgeMs = oldest.length === 0 ? null : Math.max(0, clock.now() - Math.min(...oldest));
  return { queue, waiting, inProcess, dead, oldestAgeMs };
}

/** The first message of a subject from a place in the stream on; of a stream that is not there, none. */
export async function firstOf(
  manager: JetStreamManager,
  stream: string,
  seq: number,
  subject: string,
): Promise<StoredMsg | undefined> {
  // Asked of the stream itself; the client's types know this question only of its read replicas.
  const request = { seq, next_by_subj: subject };
  return await unlessMissing(manager.streams.getMessage(stream, request)) ?? undefined;
}

async function letterOf(manager: JetStreamManager, queue: string, number: number): Promise<StoredMsg | undefined> {
  const message = await unlessMissing(manager.streams.getMessage(TASKS_DEAD, { seq: number }));
  return message && partsOfDeadSubject(message.subject).queue === queue ? message : undefined;
}

function deadTaskOf(message: StoredMsg): DeadTask {
  const { queue, id } = partsOfDeadSubject(message.subject);
  const { priority, attempts, enqueuedAt } = readHeaders(message.header, message.subject, message.time.getTime());
  return {
    number: message.seq,
    queue,
    id,
    priority,
    body: parseBody(message.string()),
    reason: decodeURIComponent(message.header.get(REASON)),
    attempts,
    enqueuedAt,
    diedAt: message.time.getTime(),
  };
}
