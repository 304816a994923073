/** A worker's view of one queue in JetStream: taking tasks, answering for them, and moving on those whose time has come. */
import { headers as newHeaders, type MsgHdrs } from "@nats-io/transport-node";
import type { Clock } from "../../kernel/clock.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import type { TaskPriority } from "../task-queues.ts";
import type { Delivery, TaskSource } from "../task-worker.ts";
import type { Nats } from "./connection.ts";
import { busError } from "./failures.ts";
import { nak, pull, type Pulled } from "./task-pull.ts";
import { consumerName, deadSubject, type Lane, TASKS, taskSubject } from "./task-streams.ts";

/** What a message says about its task. Absent headers: a task for the first time, by whoever put it there. */
const ATTEMPTS = "Statewright-Attempts";
const ENQUEUED_AT = "Statewright-Enqueued-At";
const PRIORITY = "Statewright-Priority";
const DELAY = "Statewright-Delay-Ms";
export const REASON = "Statewright-Reason";

/** A task as a message. */
export interface TaskMessage {
  readonly queue: string;
  readonly id: string;
  readonly priority: TaskPriority;
  readonly text: string;
  /** How often it was handed out before this message. */
  readonly attempts: number;
  /** Ms since the epoch; undefined: now. */
  readonly enqueuedAt: number | undefined;
  readonly delayMs: number;
  /** The broker takes the same one once. */
  readonly messageId: string;
}

const ANSWER_TIMEOUT_MS = 2_000;
const MOVE_BATCH = 100;
export const MOVE_EVERY_MS = 250;

/** Stores a task in its lane; resolves once the stream has it. */
export async function publishTask(nats: Nats, task: TaskMessage): Promise<void> {
  const headers = newHeaders();
  headers.set("Nats-Msg-Id", task.messageId);
  headers.set(PRIORITY, task.priority);
  if (task.attempts > 0) headers.set(ATTEMPTS, String(task.attempts));
  if (task.enqueuedAt !== undefined) headers.set(ENQUEUED_AT, String(task.enqueuedAt));
  if (task.delayMs > 0) headers.set(DELAY, String(Math.ceil(task.delayMs)));
  const lane = task.delayMs > 0 ? "delayed" : task.priority;
  await store(nats, taskSubject(task.queue, lane, task.id), task.text, headers);
}

/** Publishes to a stream and waits for its word. */
async function store(nats: Nats, subject: string, text: string, headers: MsgHdrs): Promise<void> {
  const answer = await nats.client().request(subject, text, { headers, timeout: ANSWER_TIMEOUT_MS })
    .catch((thrown: unknown) => {
      throw busError(thrown);
    });
  const { error } = answer.json<{ error?: { description: string } }>();
  if (error) throw new StatewrightError("UNAVAILABLE", `NATS has not taken it (${error.description}); try again`);
}

/** What a task's headers say, wherever it lies. */
export function readHeaders(headers: MsgHdrs | undefined, subject: string, storedAt: number) {
  const [id = "", lane = ""] = subject.split(".").toReversed();
  const said = headers?.get(PRIORITY) || lane;
  const priority: TaskPriority = said === "high" || said === "low" ? said : "normal";
  return {
    id,
    priority,
    attempts: Number(headers?.get(ATTEMPTS) || 0),
    enqueuedAt: Number(headers?.get(ENQUEUED_AT) || Math.floor(storedAt)),
    delayMs: Number(headers?.get(DELAY) || 0),
  };
}

interface QueueSource extends TaskSource {
  /** Hands on tasks whose time has come; true when there may be more of them. */
  moveOn(): Promise<boolean>;
}

/** @param ensure makes what the queue needs on the broker, when that has lost it */
export function createSource(nats: Nats, clock: Clock, queue: string, ensure: () => Promise<void>): QueueSource {
  let moveAt = 0;
  const take = async (lane: Lane, wanted: number, handOut: (message: Pulled) => void) => {
    const request = { stream: TASKS, consumer: consumerName(queue, lane), wanted };
    try {
      return await pull(nats.client(), clock, request, handOut);
    } catch (thrown) {
      if (!(thrown instanceof StatewrightError) || thrown.code !== "NOT_FOUND") throw busError(thrown);
      await ensure();
      return 0;
    }
  };
  const moveOn = async () => {
    const moves: Promise<void>[] = [];
    const found = await take("delayed", MOVE_BATCH, (message) => moves.push(moveOrPutOff(nats, clock, queue, message)));
    await Promise.all(moves);
    return found === MOVE_BATCH;
  };
  return {
    moveOn,
    async take(priorities, wanted, handOut) {
      let left = wanted;
      for (const priority of priorities) {
        left -= await take(priority, left, (message) => handOut(deliveryOf(nats, queue, message)));
        if (left <= 0) break;
      }
      if (clock.now() < moveAt) return;
      moveAt = clock.now() + MOVE_EVERY_MS;
      await moveOn();
    },
  };
}

/**
 * A task that had to wait goes to its lane, or back to wait on. How long it has waited is told by the broker's stamp
 * and this node's clock; being wrong by their difference does no harm.
 */
async function moveOrPutOff(nats: Nats, clock: Clock, queue: string, message: Pulled): Promise<void> {
  const { delayMs, ...task } = readHeaders(message.headers, message.subject, message.storedAt);
  const restMs = delayMs - Math.max(0, clock.now() - message.storedAt);
  if (restMs > 0) return await answer(nats, message, nak(restMs));
  const messageId = `${message.headers?.get("Nats-Msg-Id") ?? task.id}>`;
  await publishTask(nats, { ...task, queue, text: message.text, delayMs: 0, messageId });
  await answer(nats, message, "+ACK");
}

function deliveryOf(nats: Nats, queue: string, message: Pulled): Delivery {
  const task = readHeaders(message.headers, message.subject, message.storedAt);
  const attempt = task.attempts + message.delivered;
  const { id, priority, enqueuedAt } = task;
  return {
    id,
    priority,
    body: parseBody(message.text),
    attempt,
    done: () => answer(nats, message, "+ACK"),
    extend: () => answer(nats, message, "+WPI"),
    async retry(delayMs, attempts) {
      const messageId = `${queue}/${id}+${attempt}@${message.storedAt}`;
      await publishTask(nats, { queue, id, priority, text: message.text, attempts, enqueuedAt, delayMs, messageId });
      await answer(nats, message, "+ACK");
    },
    async bury(reason) {
      const headers = newHeaders();
      headers.set(PRIORITY, priority);
      headers.set(ATTEMPTS, String(attempt));
      headers.set(ENQUEUED_AT, String(enqueuedAt));
      headers.set(REASON, encodeURIComponent(reason));
      await store(nats, deadSubject(queue, id), message.text, headers);
      await answer(nats, message, "+ACK");
    },
  };
}

/** A task that somebody else has put there may be no JSON; its handler is told the text. */
export function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Answers for a message, and hears that the broker has heard it. */
async function answer(nats: Nats, { reply }: Pulled, text: string): Promise<void> {
  await nats.client().request(reply, text, { timeout: ANSWER_TIMEOUT_MS }).catch((thrown: unknown) => {
    throw busError(thrown);
  });
}
