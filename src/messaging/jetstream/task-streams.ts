/**
 * Where tasks lie in JetStream: one work-queue stream for all queues, with a consumer for each priority of a queue and
 * one for what has to wait, and one stream of limits for the dead, so that these can be looked at.
 */
import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { DEDUP_WINDOW_MS, DEFAULT_WORK, PRIORITIES, type TaskPriority, type WorkOptions } from "../task-queues.ts";
import { nanosOf, reconcileStream } from "./streams.ts";

export const TASKS = "TASKS";
export const TASKS_DEAD = "TASKS_DEAD";

/** `delayed` holds what is not to be handed out yet; a worker of the queue moves it on when its time has come. */
export const LANES = [...PRIORITIES, "delayed"] as const;
export type Lane = TaskPriority | "delayed";

const MAX_DEAD = 100_000;
/** So many may wait for their time at once; the others' waits begin later. */
const MAX_DELAYED = 10_000;
const DELAYED_ACK_WAIT_MS = 30_000;

/** `tasks.mail.high.<id>` */
export function taskSubject(queue: string, lane: Lane | "*", id: string): string {
  return `tasks.${queue}.${lane}.${id}`;
}

/** `tasks-dead.mail.<id>` */
export function deadSubject(queue: string, id: string): string {
  return `tasks-dead.${queue}.${id}`;
}

/** The queue and the id of a dead letter's subject. */
export function partsOfDeadSubject(subject: string): { queue: string; id: string } {
  const dot = subject.lastIndexOf(".");
  return { queue: subject.slice("tasks-dead.".length, dot), id: subject.slice(dot + 1) };
}

/** `activity~order~capture~high`: a consumer's name has no dots. */
export function consumerName(queue: string, lane: Lane): string {
  return `${queue.replaceAll(".", "~")}~${lane}`;
}

/** The inverse of {@link consumerName}. */
export function partsOfConsumer(name: string): { queue: string; lane: Lane } {
  const tilde = name.lastIndexOf("~");
  return { queue: name.slice(0, tilde).replaceAll("~", "."), lane: name.slice(tilde + 1) as Lane };
}

/** Makes the two streams be as they should. */
export async function ensureTaskStreams(client: NatsConnection): Promise<void> {
  await reconcileStream(client, {
    name: TASKS,
    subjects: ["tasks.>"],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    duplicate_window: nanosOf(DEDUP_WINDOW_MS),
  });
  await reconcileStream(client, {
    name: TASKS_DEAD,
    subjects: ["tasks-dead.>"],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    max_msgs: MAX_DEAD,
    // One letter a task.
    max_msgs_per_subject: 1,
    discard: DiscardPolicy.Old,
  });
}

/**
 * Makes the consumers of a queue, unless they are there; whoever works on the queue also sets their options.
 * @param options undefined: whatever they are
 */
export async function ensureQueue(
  jsm: JetStreamManager,
  queue: string,
  options: Pick<WorkOptions, "ackWaitMs" | "prefetch"> | undefined,
): Promise<void> {
  await Promise.all(LANES.map(async (lane) => {
    const wanted = consumerConfig(queue, lane, options ?? DEFAULT_WORK);
    try {
      await ensureConsumer(jsm, wanted, options !== undefined);
    } catch (thrown) {
      // Of two who make it at once, one may be told that it is not unique.
      if (!(thrown instanceof JetStreamApiError)) throw thrown;
      await ensureConsumer(jsm, wanted, options !== undefined);
    }
  }));
}

async function ensureConsumer(jsm: JetStreamManager, wanted: TaskConsumer, mayUpdate: boolean): Promise<void> {
  const there = await unlessMissing(jsm.consumers.info(TASKS, wanted.durable_name));
  const isAsWanted = there?.config.ack_wait === wanted.ack_wait &&
    there.config.max_ack_pending === wanted.max_ack_pending;
  if (there === undefined) await jsm.consumers.add(TASKS, wanted);
  else if (mayUpdate && !isAsWanted) await jsm.consumers.update(TASKS, wanted.durable_name, wanted);
}

type TaskConsumer = ReturnType<typeof consumerConfig>;

function consumerConfig(
  queue: string,
  lane: Lane,
  { ackWaitMs, prefetch }: Pick<WorkOptions, "ackWaitMs" | "prefetch">,
) {
  const delayed = lane === "delayed";
  return {
    durable_name: consumerName(queue, lane),
    filter_subject: taskSubject(queue, lane, "*"),
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanosOf(delayed ? DELAYED_ACK_WAIT_MS : ackWaitMs),
    max_ack_pending: delayed ? MAX_DELAYED : prefetch,
    // Whoever works counts, and says why it gives up; the broker would only stop to hand it out.
    max_deliver: -1,
  } satisfies Partial<ConsumerConfig>;
}

const MISSING: readonly number[] = [
  JetStreamApiCodes.ConsumerNotFound,
  JetStreamApiCodes.StreamNotFound,
  JetStreamApiCodes.NoMessageFound,
];

/** The answer, or undefined when there is no such stream, consumer or message. */
export async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (thrown) {
    if (thrown instanceof JetStreamApiError && MISSING.includes(thrown.code)) return undefined;
    throw thrown;
  }
}
