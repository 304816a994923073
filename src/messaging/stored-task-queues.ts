/** Task queues as rows of the database: for a house without a broker. */
import { type Clock, systemClock } from "../kernel/clock.ts";
import { newId } from "../kernel/ids.ts";
import { type Logger, silentLogger } from "../kernel/logger.ts";
import { type Random, systemRandom } from "../kernel/random.ts";
import {
  checkQueueName,
  checkTaskId,
  type DeadTask,
  DEDUP_WINDOW_MS,
  DEFAULT_WORK,
  type QueueStats,
  type TaskOffice,
  type TaskPriority,
  type TaskQueue,
  type TaskQueues,
  taskText,
  type WorkOptions,
} from "./task-queues.ts";
import { type Delivery, type RunningWorker, startWorker, type TaskSource } from "./task-worker.ts";

/** Where the rows are. `sql` takes `$1 …` parameters; bigint columns come back as strings, times as Dates. */
export interface TaskDatabase {
  query(sql: string, parameters?: readonly (string | number | boolean | null)[]): Promise<Row[]>;
}

type Row = Record<string, unknown>;

export interface StoredTaskQueuesOptions {
  readonly database: TaskDatabase;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
}

/** Done tasks are forgotten so often, so many at once, by each worker. */
const SWEEP_EVERY_MS = 60_000;
const SWEEP_LIMIT = 10_000;

const ENQUEUE = `
  insert into tasks as t (queue, id, round, priority, body, due_at)
  values ($1, $2, $3, $4, $5::text::json, clock_timestamp() + $6 * interval '1 millisecond')
  on conflict (queue, id, round) do update set priority = excluded.priority, body = excluded.body, attempts = 0,
    enqueued_at = excluded.enqueued_at, due_at = excluded.due_at, claim = null, done_at = null
  where t.done_at < clock_timestamp() - ${DEDUP_WINDOW_MS} * interval '1 millisecond'`;

const SWEEP = `
  delete from tasks where seq in (
    select seq from tasks where done_at < clock_timestamp() - ${DEDUP_WINDOW_MS} * interval '1 millisecond'
    limit ${SWEEP_LIMIT} for update skip locked)`;

const STATS = `
  select q.name as queue, waiting, in_process, oldest_age_ms,
    (select count(*) from dead_tasks d where d.queue = q.name) as dead
  from task_queues q left join (
    select queue,
      count(*) filter (where claim is null or due_at <= clock_timestamp()) as waiting,
      count(*) filter (where claim is not null and due_at > clock_timestamp()) as in_process,
      extract(epoch from clock_timestamp() - min(enqueued_at)) * 1000 as oldest_age_ms
    from tasks where done_at is null group by queue
  ) t on t.queue = q.name
  order by q.name`;

/**
 * Task queues in the tables of migration 0011. Workers find new tasks at once when their own process enqueued them, and
 * within half a second otherwise.
 */
export function createStoredTaskQueues(options: StoredTaskQueuesOptions): TaskQueues {
  const { database, clock = systemClock, random = systemRandom, logger = silentLogger } = options;
  const workers = new Map<RunningWorker, string>();
  const known = new Set<string>();
  const wake = (queue: string) => workers.forEach((name, worker) => void (name === queue && worker.wake()));

  async function know(name: string): Promise<void> {
    if (known.has(name)) return;
    await database.query("insert into task_queues (name) values ($1) on conflict do nothing", [name]);
    known.add(name);
  }

  function queue(name: string): TaskQueue {
    checkQueueName(name);
    return {
      async enqueue(body, { priority = "normal", id = newId(), round = 1, delayMs = 0 } = {}) {
        await know(name);
        await database.query(ENQUEUE, [name, checkTaskId(id), round, priority, taskText(body), delayMs]);
        wake(name);
        return id;
      },
      async has(id) {
        const undone = "select 1 from tasks where queue = $1 and id = $2 and done_at is null limit 1";
        return (await database.query(undone, [name, id])).length > 0;
      },
      async remove(id) {
        await database.query("delete from tasks where queue = $1 and id = $2 and done_at is null", [name, id]);
      },
    };
  }

  return {
    queue,
    ...createOffice(database, wake),
    async tend(name) {
      await know(checkQueueName(name));
      return async () => {};
    },
    async work(name, given, handle) {
      await know(checkQueueName(name));
      const settings = { ...DEFAULT_WORK, ...given };
      const source = createSource(database, clock, name, settings);
      const worker = startWorker({ clock, random, logger }, name, settings, source, handle);
      workers.set(worker, name);
      return {
        stop(drainMs) {
          workers.delete(worker);
          return worker.stop(drainMs);
        },
      };
    },
  };
}

function createSource(database: TaskDatabase, clock: Clock, queue: string, options: WorkOptions): TaskSource {
  const { prefetch, ackWaitMs } = options;
  let sweepAt = clock.now() + SWEEP_EVERY_MS;
  return {
    async take(priorities, wanted, handOut) {
      const rows = await database.query("select * from take_tasks($1, $2, $3, $4, $5)", [
        queue,
        priorities.join(),
        wanted,
        prefetch,
        ackWaitMs,
      ]);
      for (const row of rows) handOut(deliveryOf(database, ackWaitMs, row));
      if (clock.now() < sweepAt) return;
      sweepAt = clock.now() + SWEEP_EVERY_MS;
      await database.query(SWEEP);
    },
  };
}

/** Every answer names the claim, so that one that comes too late touches nobody else's. */
function deliveryOf(database: TaskDatabase, ackWaitMs: number, row: Row): Delivery {
  const claimed = [row["seq"] as string, row["claim"] as string];
  const change = async (what: string, ...more: (string | number)[]) => {
    await database.query(`update tasks set ${what} where seq = $1 and claim = $2 and done_at is null`, [
      ...claimed,
      ...more,
    ]);
  };
  return {
    id: row["id"] as string,
    priority: row["priority"] as TaskPriority,
    body: JSON.parse(row["body"] as string),
    attempt: row["attempts"] as number,
    done: () => change("done_at = clock_timestamp()"),
    extend: () => change("due_at = clock_timestamp() + $3 * interval '1 millisecond'", ackWaitMs),
    retry: (delayMs, attempts) =>
      change(
        "claim = null, due_at = clock_timestamp() + $3 * interval '1 millisecond', attempts = $4",
        delayMs,
        attempts,
      ),
    async bury(reason) {
      await database.query(
        `with dead as (
           delete from tasks where seq = $1 and claim = $2 and done_at is null
           returning queue, id, priority, body, attempts, enqueued_at
         )
         insert into dead_tasks (queue, id, priority, body, reason, attempts, enqueued_at)
         select queue, id, priority, body, $3, attempts, enqueued_at from dead
         on conflict (queue, id) do update set number = default, priority = excluded.priority, body = excluded.body,
           reason = excluded.reason, attempts = excluded.attempts, enqueued_at = excluded.enqueued_at,
           died_at = excluded.died_at`,
        [...claimed, reason],
      );
    },
  };
}

function createOffice(database: TaskDatabase, wake: (queue: string) => void): TaskOffice {
  return {
    stats: async () => (await database.query(STATS)).map(statsOfRow),

    async dead(queue, { limit, after = 0 }) {
      const rows = await database.query(
        `select number, queue, id, priority, body::text as body, reason, attempts, enqueued_at, died_at
         from dead_tasks where queue = $1 and number > $2 order by number limit $3`,
        [queue, after, limit],
      );
      return rows.map(deadTaskOf);
    },

    async redrive(queue, number) {
      const rows = await database.query(
        // A task of that id that was enqueued since goes its own way.
        `with letter as (
           delete from dead_tasks where queue = $1 and number = $2 returning queue, id, priority, body
         ), anew as (
           insert into tasks as t (queue, id, round, priority, body, due_at)
           select queue, id, 1, priority, body, clock_timestamp() from letter
           on conflict (queue, id, round) do update
             set attempts = 0, enqueued_at = excluded.enqueued_at, due_at = excluded.due_at, claim = null, done_at = null
             where t.done_at is not null
         )
         select id from letter`,
        [queue, number],
      );
      wake(queue);
      return rows.length > 0;
    },

    async dismiss(queue, number) {
      const rows = await database.query("delete from dead_tasks where queue = $1 and number = $2 returning number", [
        queue,
        number,
      ]);
      return rows.length > 0;
    },
  };
}

function statsOfRow(row: Row): QueueStats {
  return {
    queue: row["queue"] as string,
    waiting: Number(row["waiting"] ?? 0),
    inProcess: Number(row["in_process"] ?? 0),
    dead: Number(row["dead"] ?? 0),
    oldestAgeMs: row["oldest_age_ms"] === null ? null : Math.max(0, Number(row["oldest_age_ms"])),
  };
}

function deadTaskOf(row: Row): DeadTask {
  return {
    number: Number(row["number"]),
    queue: row["queue"] as string,
    id: row["id"] as string,
    priority: row["priority"] as TaskPriority,
    body: JSON.parse(row["body"] as string),
    reason: row["reason"] as string,
    attempts: row["attempts"] as number,
    enqueuedAt: (row["enqueued_at"] as Date).getTime(),
    diedAt: (row["died_at"] as Date).getTime(),
  };
}
