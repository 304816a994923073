/** What every task queue keeps, whatever it is made of. Each test is a sentence of src/messaging/task-queues.ts. */
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { newId } from "../../src/kernel/ids.ts";
import {
  redriveAll,
  statsOf,
  type TaskContext,
  type TaskHandler,
  type TaskPriority,
  type TaskQueues,
  type TaskWorker,
  type WorkOptions,
} from "../../src/messaging/task-queues.ts";
import { NonRetryableError } from "../../src/runtime/activities.ts";
import { eventually } from "../support/eventually.ts";
import { killPrograms, type Program } from "../support/programs.ts";

export interface TaskQueuesUnderTest {
  readonly queues: TaskQueues;
  /** The same queues through another process's eyes. */
  readonly other: TaskQueues;
  /** A process that works on a queue until it is killed; it says `did <id>` for each task, after so long. */
  startProcess(queue: string, eachMs: number): Program;
}

/** To be called once, at the top of a test file. */
export function taskQueuesContract(subject: () => TaskQueuesUnderTest): void {
  const working: TaskWorker[] = [];
  afterEach(async () => {
    await Promise.all(working.splice(0).map((worker) => worker.stop(0)));
    await killPrograms();
  });

  const quick = { backoffMs: 20, maxBackoffMs: 40 };
  const work = async (
    name: string,
    handle: TaskHandler,
    options: Partial<WorkOptions> = {},
    queues = subject().queues,
  ) => {
    const worker = await queues.work(name, { ...quick, ...options }, handle);
    working.push(worker);
    return worker;
  };
  const stats = (name: string) => statsOf(subject().other, name);
  const isEmpty = (name: string) =>
    eventually(async () => expect(await stats(name)).toMatchObject({ waiting: 0, inProcess: 0, oldestAgeMs: null }));
  /** A new queue, with its name. */
  const newQueue = () => {
    const name = `test.${newId()}`;
    return { name, queue: subject().queues.queue(name) };
  };

  describe("a task", () => {
    it("is worked on as it was enqueued, and gone when it is done", async () => {
      const { name, queue } = newQueue();
      const seen: [unknown, Omit<TaskContext, "signal">][] = [];
      const body = { text: "ö\n", n: 1.5, list: [null, true] };
      expect(await queue.enqueue(body, { id: "a/1", priority: "high" })).toBe("a/1");
      const unnamed = await queue.enqueue("text");
      expect(await stats(name)).toMatchObject({ queue: name, waiting: 2, inProcess: 0, dead: 0 });
      expect((await stats(name)).oldestAgeMs).toBeGreaterThanOrEqual(0);
      await work(name, async (task, { id, priority, attempt }) => void seen.push([task, { id, priority, attempt }]));
      await isEmpty(name);
      expect(seen).toEqual([
        [body, { id: "a/1", priority: "high", attempt: 1 }],
        ["text", { id: unnamed, priority: "normal", attempt: 1 }],
      ]);
    });

    it("is found by a worker of another process", async () => {
      const { name, queue } = newQueue();
      const seen: unknown[] = [];
      await work(name, async (task) => void seen.push(task), {}, subject().other);
      for (let n = 0; n < 20; n++) await queue.enqueue(n);
      await eventually(() => expect(seen.toSorted((a, b) => Number(a) - Number(b))).toEqual([...Array(20).keys()]));
    });

    it("with the same id is the same one, waiting, under way or done", async () => {
      const { name, queue } = newQueue();
      const seen: string[] = [];
      const enqueue = () => queue.enqueue({}, { id: "once" });
      await Promise.all([enqueue(), enqueue()]);
      await work(name, async (_, { id }) => {
        await enqueue();
        seen.push(id);
      });
      await isEmpty(name);
      await enqueue();
      await queue.enqueue({}, { id: "once", round: 2 });
      await queue.enqueue({}, { id: "twice" });
      await eventually(() => expect(seen.toSorted()).toEqual(["once", "once", "twice"]));
      await isEmpty(name);
      expect(seen).toHaveLength(3);
    });

    it("that is the same in another queue is another one", async () => {
      const [one, two] = [newQueue(), newQueue()];
      const seen: string[] = [];
      for (const { name, queue } of [one, two]) {
        await queue.enqueue(name, { id: "same" });
        await work(name, async (task) => void seen.push(String(task)));
      }
      await eventually(() => expect(seen.toSorted()).toEqual([one.name, two.name].toSorted()));
    });

    it("waits for its time", async () => {
      const { name, queue } = newQueue();
      const seenAt = new Map<unknown, number>();
      await work(name, async (task) => void seenAt.set(task, Date.now()));
      const enqueuedAt = Date.now();
      await queue.enqueue("later", { delayMs: 700 });
      await queue.enqueue("much later", { delayMs: 3_600_000 });
      await queue.enqueue("now");
      await eventually(() => expect([...seenAt.keys()].toSorted()).toEqual(["later", "now"]));
      expect(seenAt.get("later")! - enqueuedAt).toBeGreaterThanOrEqual(690);
      await eventually(async () => expect(await stats(name)).toMatchObject({ waiting: 1, inProcess: 0 }));
    });

    it("can be taken back", async () => {
      const { name, queue } = newQueue();
      const seen: unknown[] = [];
      for (const id of ["a", "b", "c"]) await queue.enqueue(id, { id, ...(id === "c" && { delayMs: 1 }) });
      await queue.remove("b");
      await queue.remove("c");
      await queue.remove("never-was");
      await work(name, async (task) => void seen.push(task));
      await isEmpty(name);
      expect(seen).toEqual(["a"]);
    });

    it.each([
      ["no JSON", () => undefined, {}],
      ["too large", () => "x".repeat(300_000), {}],
      ["with NUL", () => "\0", {}],
      ["with an id that cannot be one", () => 1, { id: "a.b" }],
      ["with an id that is too long", () => 1, { id: "x".repeat(201) }],
    ])("%s is refused", async (_, body, options) => {
      await expect(newQueue().queue.enqueue(body(), options)).rejects.toMatchObject({ code: "INVALID" });
    });

    it.each(["", ".", "a..b", "a b", "*", "a.>", "x".repeat(129)])("in a queue called %j is refused", (name) => {
      expect(() => subject().queues.queue(name)).toThrow(expect.objectContaining({ code: "INVALID" }));
    });
  });

  describe("workers", () => {
    it("share a hundred tasks, each once, and each gets some", async () => {
      const { name, queue } = newQueue();
      const done: string[] = [];
      // Nobody takes more than two before everybody has one.
      const sharing = new Set<number>();
      const shared = Promise.withResolvers<void>();
      for (const n of [0, 1, 2]) {
        await work(
          name,
          async (_, { id }) => {
            if (sharing.add(n).size === 3) shared.resolve();
            await shared.promise;
            done.push(id);
          },
          { concurrency: 2 },
          n === 0 ? subject().queues : subject().other,
        );
      }
      const ids = await Promise.all(Array.from({ length: 100 }, () => queue.enqueue({})));
      await isEmpty(name);
      expect(done.toSorted()).toEqual(ids.toSorted());
    });

    it("that are killed leave their tasks to the others", async () => {
      const { name, queue } = newQueue();
      const processes = [0, 1, 2].map(() => subject().startProcess(name, 40));
      await Promise.all(processes.map((process) => process.says("ready")));
      const ids = await Promise.all(Array.from({ length: 100 }, () => queue.enqueue({})));
      await processes[0]!.says("did ");
      processes[0]!.kill("SIGKILL");
      await eventually(
        async () => expect(await stats(name)).toMatchObject({ waiting: 0, inProcess: 0, dead: 0 }),
        20_000,
      );
      const did = processes.map((process) => [...process.stdout().matchAll(/did (\S+)/g)].map(([, id]) => id));
      expect([...new Set(did.flat())].toSorted()).toEqual(ids.toSorted());
      for (const some of did) expect(some.length).toBeGreaterThan(0);
      // Twice at most what the dead one had in hand.
      expect(did.flat().length).toBeLessThanOrEqual(100 + 2);
    });

    it("that wake up after others took them for dead answer for nobody else", async () => {
      const { name, queue } = newQueue();
      await queue.enqueue({}, { id: "slow" });
      const sleeper = subject().startProcess(name, 500);
      await sleeper.says("took slow");
      sleeper.kill("SIGSTOP");
      let finish = () => {};
      const taken = new Promise<number>((resolve) => {
        const handle: TaskHandler = (_, { attempt }) => {
          resolve(attempt);
          return new Promise((done) => (finish = done));
        };
        void work(name, handle, { ackWaitMs: 1_500 }, subject().other);
      });
      expect(await taken).toBe(2);
      sleeper.kill("SIGCONT");
      await sleeper.says("did slow");
      await pause(300);
      expect(await stats(name)).toMatchObject({ waiting: 0, inProcess: 1 });
      finish();
      await isEmpty(name);
    });

    it("handle no more at once than they say, and all of them no more than may be out", async () => {
      const { name, queue } = newQueue();
      let [now, most] = [0, 0];
      const handle = async () => {
        most = Math.max(most, ++now);
        await pause(20);
        now--;
      };
      for (let n = 0; n < 40; n++) await queue.enqueue(n);
      const alone = await work(name, handle, { concurrency: 3, prefetch: 5 });
      await eventually(() => expect(most).toBe(3));
      await alone.stop();
      for (const queues of [subject().queues, subject().other]) {
        await work(name, handle, { concurrency: 4, prefetch: 5 }, queues);
      }
      await isEmpty(name);
      expect(most).toBe(5);
    });

    it("prefer what is urgent, and starve nothing", async () => {
      const { name, queue } = newQueue();
      const order: TaskPriority[] = [];
      for (const priority of ["low", "normal", "high"] as const) {
        for (let n = 0; n < 20; n++) await queue.enqueue(n, { priority });
      }
      await work(name, async (_, { priority }) => void order.push(priority), { concurrency: 1 });
      await isEmpty(name);
      const meanPlace = (of: TaskPriority) =>
        order.reduce((sum, priority, place) => sum + (priority === of ? place : 0), 0) / 20;
      expect(meanPlace("high")).toBeLessThan(meanPlace("normal"));
      expect(meanPlace("normal")).toBeLessThan(meanPlace("low"));
      expect(order.slice(0, 20)).toContain("low");
    });

    it("that stop let what is under way end, and hand the rest to others without counting it", async () => {
      const { name, queue } = newQueue();
      const attempts: [unknown, number][] = [];
      await queue.enqueue("short");
      await queue.enqueue("long");
      const stopping = await work(name, async (task, { signal }) => {
        attempts.push([task, 0]);
        if (task === "short") return await pause(100);
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      });
      await eventually(() => expect(attempts).toHaveLength(2));
      await stopping.stop(2_000);
      await work(name, async (task, { attempt }) => void attempts.push([task, attempt]));
      await isEmpty(name);
      expect(attempts.slice(2)).toEqual([["long", 1]]);
    });
  });

  describe("a failure", () => {
    it("is tried again, up to the attempts; then the task is dead, with the reason", async () => {
      const { name, queue } = newQueue();
      const attempts: number[] = [];
      await queue.enqueue({ poison: true }, { id: "p/1", priority: "low" });
      await work(name, async (_, { attempt }) => {
        attempts.push(attempt);
        throw new RangeError("no, never");
      }, { attempts: 3 });
      await eventually(async () => expect(await stats(name)).toMatchObject({ dead: 1, waiting: 0, inProcess: 0 }));
      expect(attempts).toEqual([1, 2, 3]);
      const [letter, ...others] = await subject().other.dead(name, { limit: 10 });
      expect(others).toEqual([]);
      expect(letter).toMatchObject({
        queue: name,
        id: "p/1",
        priority: "low",
        body: { poison: true },
        reason: "RangeError: no, never",
        attempts: 3,
      });
      expect(letter!.diedAt).toBeGreaterThanOrEqual(letter!.enqueuedAt);
    });

    it("that would happen again is not tried again", async () => {
      const { name, queue } = newQueue();
      let calls = 0;
      await queue.enqueue(1);
      await work(name, async () => {
        calls++;
        throw new NonRetryableError("broken for good");
      });
      await eventually(async () => expect(await stats(name)).toMatchObject({ dead: 1 }));
      expect(calls).toBe(1);
    });

    it("holds nobody else up", async () => {
      const { name, queue } = newQueue();
      const done: unknown[] = [];
      for (let n = 0; n < 10; n++) await queue.enqueue("poison");
      await queue.enqueue("good");
      await work(name, async (task) => {
        if (task === "poison") throw new Error("again");
        done.push(task);
      }, { concurrency: 2, prefetch: 2, backoffMs: 60_000, maxBackoffMs: 60_000 });
      await eventually(() => expect(done).toEqual(["good"]));
    });

    it("is also an answer that does not come in time, and what comes after it counts for nothing", async () => {
      const { name, queue } = newQueue();
      const calls: { attempt: number; finish: () => void; aborted: () => boolean }[] = [];
      await queue.enqueue(1);
      await work(
        name,
        (_, { attempt, signal }) =>
          new Promise((finish) => calls.push({ attempt, finish, aborted: () => signal.aborted })),
        { timeoutMs: 1_500 },
      );
      await eventually(() => expect(calls).toHaveLength(2));
      expect(calls[0]).toMatchObject({ attempt: 1 });
      expect(calls[0]!.aborted()).toBe(true);
      calls[0]!.finish();
      await pause(50);
      expect(await stats(name)).toMatchObject({ waiting: 0, inProcess: 1 });
      expect(calls[1]!.aborted()).toBe(false);
      calls[1]!.finish();
      await isEmpty(name);
    });

    it("of the process counts too: a task that kills its workers is dead in the end", async () => {
      const { name, queue } = newQueue();
      await queue.enqueue("die");
      // The support process ends itself when told to.
      for (const _ of [1, 2]) await subject().startProcess(name, 0).ended;
      await work(name, async () => {}, { attempts: 2, ackWaitMs: 1_500 });
      await eventually(async () => expect(await stats(name)).toMatchObject({ dead: 1, inProcess: 0 }), 10_000);
      const [letter] = await subject().queues.dead(name, { limit: 1 });
      expect(letter).toMatchObject({ reason: expect.stringContaining("no worker lived") });
    });

    it("is not that a task takes longer than a worker may be silent", async () => {
      const { name, queue } = newQueue();
      let calls = 0;
      await queue.enqueue(1);
      for (const queues of [subject().queues, subject().other]) {
        await work(
          name,
          async () => {
            calls++;
            await pause(2_500);
          },
          { ackWaitMs: 900 },
          queues,
        );
      }
      await isEmpty(name);
      expect(calls).toBe(1);
    });
  });

  describe("dead tasks", () => {
    /** A queue with so many of them. */
    async function graveyard(count: number) {
      const { name, queue } = newQueue();
      for (let n = 0; n < count; n++) await queue.enqueue(n, { id: `t${n}` });
      const worker = await work(name, async () => {
        throw new NonRetryableError("dead");
      }, { concurrency: 1 });
      await eventually(async () => expect(await stats(name)).toMatchObject({ dead: count, waiting: 0 }));
      await worker.stop();
      return name;
    }

    it("are read in pages, the oldest first, and of one queue only", async () => {
      const name = await graveyard(5);
      await graveyard(1);
      const { other } = subject();
      const first = await other.dead(name, { limit: 3 });
      const rest = await other.dead(name, { limit: 3, after: first.at(-1)!.number });
      expect([...first, ...rest].map(({ id }) => id)).toEqual(["t0", "t1", "t2", "t3", "t4"]);
    });

    it("are redriven one by one, or all at once, after a look at how many", async () => {
      const name = await graveyard(4);
      const { queues, other } = subject();
      const [one] = await queues.dead(name, { limit: 1 });
      expect(await other.redrive(name, one!.number)).toBe(true);
      expect(await other.redrive(name, one!.number)).toBe(false);
      expect(await redriveAll(other, name, true)).toBe(3);
      expect(await stats(name)).toMatchObject({ dead: 3, waiting: 1 });
      expect(await redriveAll(other, name, false)).toBe(3);
      const seen: [unknown, number][] = [];
      await work(name, async (task, { attempt }) => void seen.push([task, attempt]));
      await isEmpty(name);
      expect(seen.toSorted()).toEqual([[0, 1], [1, 1], [2, 1], [3, 1]]);
      expect(await stats(name)).toMatchObject({ dead: 0 });
    });

    it("die again, once each, when nothing has changed", async () => {
      const name = await graveyard(1);
      const { queues } = subject();
      await redriveAll(queues, name, false);
      await work(name, async () => {
        throw new NonRetryableError("still dead");
      });
      await eventually(async () =>
        expect(await queues.dead(name, { limit: 5 })).toMatchObject([{
          id: "t0",
          reason: expect.stringContaining("still"),
        }])
      );
    });

    it("are dismissed", async () => {
      const name = await graveyard(2);
      const { queues, other } = subject();
      const [one] = await queues.dead(name, { limit: 1 });
      expect(await other.dismiss(`${name}.other`, one!.number)).toBe(false);
      expect(await other.dismiss(name, one!.number)).toBe(true);
      expect(await other.dismiss(name, one!.number)).toBe(false);
      expect((await queues.dead(name, { limit: 5 })).map(({ id }) => id)).toEqual(["t1"]);
    });
  });
}
