/** Activities over a real Postgres: one key, bounded attempts, and an outcome whatever comes of the work. */
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { StatewrightError } from "../../../src/kernel/errors.ts";
import { createManualClock } from "../../../src/kernel/manual-clock.ts";
import { NonRetryableError } from "../../../src/runtime/activities.ts";
import type { Activity, LocalActivity } from "../../../src/runtime/definition.ts";
import { registerActors } from "../../../src/runtime/register.ts";
import { createMemoryStore } from "../../../src/store/memory/memory-store.ts";
import type { Store } from "../../../src/store/store.ts";
import { eventually } from "../../support/eventually.ts";
import { flawsOf } from "../../support/histories.ts";
import { usePostgresNodes } from "../../support/postgres-nodes.ts";
import { killPrograms } from "../../support/programs.ts";
import { worker } from "../../support/toys.ts";
import { startToyProcess } from "../../support/toy-process.ts";
import { startWitness } from "../../support/witness.ts";

const nodes = usePostgresNodes();
afterEach(killPrograms);

const quickly = { backoffMs: 1, maxBackoffMs: 2 };

/** Hires a worker whose work is that, and answers what it has kept in the end. */
async function outcomeOf(
  id: string,
  work: Activity,
): Promise<{ answer: unknown; error: { message: string; code: string } }> {
  const node = await nodes.start([worker(work)]);
  const actor = `worker/${id}`;
  await node.tell(actor, "Hired");
  await eventually(async () => expect((await node.look(actor))?.state).not.toBe("working"));
  expect(await nodes.open(actor)).toEqual([]);
  return (await node.look(actor))!.context;
}

describe("the key", () => {
  it("is the same on every attempt, and in every process that a kill -9 makes necessary", async () => {
    const answers = [
      { error: "busy" },
      { error: "busy" },
      "silence" as const,
      { error: "busy" },
      { output: "at last" },
    ];
    const witness = await startWitness(({ actor }) => actor === "worker/k" ? answers.shift()! : { output: null });
    const options = { nodeId: "k", witness: witness.url };
    const first = await startToyProcess(nodes.database().url, options);
    await first.propose("worker/k", { type: "Hired" });
    await eventually(() => expect(witness.asked).toHaveLength(3));
    await first.kill();
    const second = await startToyProcess(nodes.database().url, options);
    await eventually(async () => expect((await second.look("worker/k"))?.context.answer).toBe("at last"));
    expect(witness.asked.map(({ key, attempt, pid }) => [key, attempt, pid])).toEqual([
      ["worker/k/1/0", 1, first.program.pid],
      ["worker/k/1/0", 2, first.program.pid],
      ["worker/k/1/0", 3, first.program.pid],
      ["worker/k/1/0", 1, second.program.pid],
      ["worker/k/1/0", 2, second.program.pid],
    ]);
    expect(await nodes.types("worker/k")).toEqual(["Hired", "ActivityCompleted"]);
    await second.kill();
    await witness.close();
  });

  it("is another one for the next stay in the state", async () => {
    const keys: string[] = [];
    const node = await nodes.start([worker({ run: async (_, { key }) => (keys.push(key), new Promise(() => {})) })]);
    await node.tell("worker/n", "Hired");
    await eventually(() => expect(keys).toEqual(["worker/n/1/0"]));
    for (const event of ["Abandoned", "Resumed"]) await node.tell("worker/n", event);
    await eventually(() => expect(keys).toEqual(["worker/n/1/0", "worker/n/3/0"]));
  });
});

describe("attempts", () => {
  it("end with onError once they are used up", async () => {
    let calls = 0;
    const run = async () => {
      throw new Error(`no luck ${++calls}`);
    };
    const { error } = await outcomeOf("exhausted", { run, retry: { ...quickly, attempts: 3 } });
    expect(error).toEqual({ name: "Error", message: "no luck 3", code: "" });
    expect(calls).toBe(3);
  });

  it("whose outcome is unknown are asked again under the same key, and an unknown outcome is not taken for a failure", async () => {
    const keys: string[] = [];
    const run: LocalActivity["run"] = (_, { key }) => {
      keys.push(key);
      return keys.length < 3 ? new Promise(() => {}) : Promise.resolve("captured");
    };
    const { answer } = await outcomeOf("unknown", { run, retry: { ...quickly, timeoutMs: 30 } });
    expect(answer).toBe("captured");
    expect(keys).toEqual(["worker/unknown/1/0", "worker/unknown/1/0", "worker/unknown/1/0"]);
  });

  it("that never get an answer end with onError, which says that the outcome is unknown", async () => {
    const run = () => new Promise(() => {});
    const { error } = await outcomeOf("silent", { run, retry: { ...quickly, attempts: 2, timeoutMs: 20 } });
    expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED", message: expect.stringContaining("unknown") });
  });

  it.each([
    ["is thrown as NonRetryableError", () => new NonRetryableError("no such account")],
    ["says `retryable: false`", () => Object.assign(new Error("no such account"), { retryable: false })],
  ])("are not repeated when the failure %s", async (name, failure) => {
    let calls = 0;
    const run = async () => {
      calls++;
      throw failure();
    };
    const { error } = await outcomeOf(name.replaceAll(/\W/g, ""), { run, retry: quickly });
    expect(error).toMatchObject({ message: "no such account" });
    expect(calls).toBe(1);
  });

  it("get the input as it was stored, whatever an earlier one has done to it", async () => {
    const seen: string[] = [];
    const run = async (input: { of: string }) => {
      seen.push(input.of);
      input.of = "spoilt";
      if (seen.length < 2) throw new Error("again");
      return null;
    };
    await outcomeOf("input", { run, retry: quickly });
    expect(seen).toEqual(["input", "input"]);
  });

  it("may fail before they have begun", async () => {
    const run = () => {
      throw new Error("no hands");
    };
    const { error } = await outcomeOf("handless", { run, retry: { ...quickly, attempts: 2 } });
    expect(error).toMatchObject({ message: "no hands" });
  });
});

describe("a store that is away", () => {
  const away = new StatewrightError("UNAVAILABLE", "the store is away");

  it("makes an outcome wait, and it is recorded once", async () => {
    let isAway = false;
    const append: Store["append"] = (node, runs) => isAway ? Promise.reject(away) : nodes.store().append(node, runs);
    let answer: ((output: unknown) => void) | undefined;
    const run = () => new Promise((resolve) => answer = resolve);
    const node = await nodes.start([worker({ run })], { store: { ...nodes.store(), append } });
    await node.tell("worker/away", "Hired");
    await eventually(() => expect(answer).toBeDefined());
    isAway = true;
    answer?.("done");
    await pause(300);
    isAway = false;
    await eventually(async () => expect((await node.look("worker/away"))?.context.answer).toBe("done"));
    expect(await nodes.types("worker/away")).toEqual(["Hired", "ActivityCompleted"]);
  });

  // Of several lengths, since it matters who notices first that it is back.
  it.each([20, 41, 42, 43, 44, 45])("for %i s is no failed attempt: nobody was asked", async (seconds) => {
    const clock = createManualClock();
    const memory = createMemoryStore({ clock });
    let isAway = false;
    const unlessAway = <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) => (...args: Args) =>
      isAway ? Promise.reject(away) : call(...args);
    const store: Store = {
      ...memory,
      beat: unlessAway(memory.beat),
      append: unlessAway(memory.append),
      claimDue: unlessAway(memory.claimDue),
      claimOrphans: unlessAway(memory.claimOrphans),
    };
    let calls = 0;
    const run = async () => {
      if (++calls === 1) throw new Error("not now");
      return "done";
    };
    const node = await nodes.start([worker({ run, retry: { attempts: 3, backoffMs: 7_000 } })], {
      store,
      clock,
      random: () => 1,
    });
    const passTime = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 100) {
        clock.advance(100);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await node.tell("worker/w", "Hired");
    isAway = true;
    await passTime(seconds * 1_000);
    isAway = false;
    await passTime(30_000);
    expect(await node.look("worker/w")).toMatchObject({ state: "finished", context: { answer: "done" } });
    expect(calls).toBe(2);
  });
});

describe("concurrency", () => {
  it("is never above its limit, and everybody gets a turn", async () => {
    let [now, most, calls] = [0, 0, 0];
    const run = async () => {
      most = Math.max(most, ++now);
      await pause(5);
      now--;
      if (++calls % 3 === 0) throw new Error("once more");
      return "done";
    };
    const node = await nodes.start([worker({ run, concurrency: 3, retry: { ...quickly, attempts: 100 } })]);
    const actors = Array.from({ length: 30 }, (_, i) => `worker/c${i}`);
    await Promise.all(actors.map((actor) => node.tell(actor, "Hired")));
    await eventually(async () => {
      for (const actor of actors) expect((await node.look(actor))?.context.answer).toBe("done");
    });
    expect(most).toBe(3);
  });

  it("is counted for each kind of work: one that is stuck holds up no other", async () => {
    const stuck = worker({ run: () => new Promise(() => {}), concurrency: 1 });
    const free = { ...worker({ run: async () => "free", concurrency: 1 }), type: "free" };
    const node = await nodes.start([stuck, free]);
    await node.tell("worker/stuck1", "Hired");
    await node.tell("worker/stuck2", "Hired");
    await node.tell("free/a", "Hired");
    await eventually(async () => expect((await node.look("free/a"))?.context.answer).toBe("free"));
  });
});

describe("what cannot be stored", () => {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  it.each<[string, unknown]>([
    ["NUL", "a\0b"],
    ["half a surrogate pair", "\ud800"],
    ["300 KiB", "x".repeat(300 * 1024)],
    ["depth 33", JSON.parse("[".repeat(33) + "]".repeat(33))],
    ["a bigint", 10n],
    ["a circle", cyclic],
    ["__proto__", JSON.parse('{"__proto__":{"admin":true}}')],
  ])("as an output is onError: %s", async (name, output) => {
    const { error } = await outcomeOf(`output${name.replaceAll(/\W/g, "")}`, { run: async () => output });
    expect(error.message).not.toBe("");
    expect(error.message.length).toBeLessThan(500);
  });

  it.each<[string, unknown]>([
    ["NUL", new Error("a\0b")],
    ["half a surrogate pair", new Error("\ud800")],
    ["300 KiB", new Error("x".repeat(300 * 1024))],
    ["a code of bytes", Object.assign(new Error("no"), { code: "\0" })],
    ["no error at all", undefined],
    ["an object without a text", Object.create(null)],
    ["an error without a message", new Error()],
  ])("as a failure is onError all the same: %s", async (name, thrown) => {
    const run = async () => {
      throw thrown;
    };
    const { error } = await outcomeOf(`failure${name.replaceAll(/\W/g, "")}`, { run, retry: { attempts: 1 } });
    expect(error).toMatchObject({ name: expect.any(String), message: expect.any(String), code: expect.any(String) });
    expect(error.message.length).toBeLessThan(5_000);
  });

  it("an output of nothing is null", async () => {
    expect((await outcomeOf("nothing", { run: async () => undefined })).answer).toBeNull();
  });
});

it("leaves histories that are dense, told once, and proven by their replay", async () => {
  const definition = worker({ run: async () => null });
  const registered = registerActors([definition, { ...definition, type: "free" }]);
  expect(await flawsOf(nodes.store(), registered)).toEqual([]);
  expect(await nodes.store().deadLetters({ limit: 10 })).toEqual([]);
});
