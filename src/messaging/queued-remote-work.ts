/** Remote work on task queues: one queue for each kind of it, and one for the outcomes. */
import { plainError, StatewrightError, wouldFailAgain } from "../kernel/errors.ts";
import type { RemoteKind, RemoteOutcome, RemoteTask, RemoteWork } from "./remote-work.ts";
import type { TaskQueue, TaskQueues, TaskWorker, WorkOptions } from "./task-queues.ts";

/** Where workers answer: on JetStream by publishing to `tasks.activity-outcomes.normal.<key>`. */
const OUTCOMES = "activity-outcomes";
const OUTCOME_WORK: Partial<WorkOptions> = { concurrency: 32, attempts: 1_000, maxBackoffMs: 5_000 };

/** `activity.membership.chargeCard` */
export function activityQueue(kind: Pick<RemoteKind, "type" | "activity">): string {
  return `activity.${kind.type}.${kind.activity}`;
}

/** Remote work whose tasks and outcomes are tasks of these queues. */
export function createRemoteWork(queues: TaskQueues): RemoteWork {
  const ends: (() => Promise<void>)[] = [];
  const stop = async () => void await Promise.all(ends.splice(0).map((end) => end()));
  const queueOf = ({ actor, activity }: RemoteTask): TaskQueue =>
    queues.queue(activityQueue({ type: actor.type, activity }));
  return {
    async start(kinds, settle) {
      await stop();
      for (const kind of kinds) ends.push(await queues.tend(activityQueue(kind), { ackWaitMs: kind.timeoutMs }));
      const worker = await queues.work(OUTCOMES, OUTCOME_WORK, (body) => settle(checkOutcome(body)));
      ends.push(() => worker.stop());
    },
    async assign(task, delayMs) {
      await queueOf(task).enqueue(task, { id: task.key, round: task.attempt, delayMs });
    },
    isAssigned: (task) => queueOf(task).has(task.key),
    cancel: (task) => queueOf(task).remove(task.key),
    stop,
  };
}

/** @throws StatewrightError `INVALID`, which no repetition mends */
function checkOutcome(body: unknown): RemoteOutcome {
  const { key, attempt, status, error } = Object(body) as Partial<Record<string, unknown>>;
  const isOutcome = typeof key === "string" && Number.isInteger(attempt) &&
    (status === "completed" || ((status === "failed" || status === "retry") && typeof error === "object"));
  if (isOutcome) return body as RemoteOutcome;
  throw new StatewrightError("INVALID", "This is no outcome: { key, attempt, status, output or error }");
}

/**
 * Works off one kind of remote activity in this process. What `run` answers is the output (or the event), what it throws
 * a failure, to be tried again unless it says `retryable: false`.
 */
export function workRemotely(
  queues: TaskQueues,
  kind: RemoteKind,
  options: Partial<Pick<WorkOptions, "concurrency" | "prefetch">>,
  run: (task: RemoteTask, signal: AbortSignal) => Promise<unknown>,
): Promise<TaskWorker> {
  const { timeoutMs } = kind;
  return queues.work(
    activityQueue(kind),
    // A task is never dead: what is wrong with it is an outcome.
    { ...options, timeoutMs, ackWaitMs: timeoutMs, attempts: Number.MAX_SAFE_INTEGER },
    async (body, { attempt: deliveries, signal }) => {
      const task = body as RemoteTask;
      const outcome = await outcomeOf(task, deliveries, () => run(task, signal));
      // Whoever ended it hands it out again.
      signal.throwIfAborted();
      await queues.queue(OUTCOMES).enqueue(outcome, { id: outcome.key, round: outcome.attempt });
    },
  );
}

async function outcomeOf(
  { key, attempt, attempts }: RemoteTask,
  deliveries: number,
  run: () => Promise<unknown>,
): Promise<RemoteOutcome> {
  if (deliveries > attempts) {
    const message = `No worker lived to answer in ${attempts} deliveries`;
    return { key, attempt, status: "failed", error: { name: "Error", message } };
  }
  try {
    return { key, attempt, status: "completed", output: await run() };
  } catch (thrown) {
    return { key, attempt, status: wouldFailAgain(thrown) ? "failed" : "retry", error: plainError(thrown) };
  }
}
