/** docs/bring-your-own-machine.md says what its example does; the example's own tests lie beside it. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { membershipActor } from "../../docs/example/membership.ts";
import { openFeed } from "../../docs/example/feed.ts";
import { greetMembers } from "../../docs/example/greetings.ts";
import { lampActor } from "../../docs/example/not-durable.ts";
import { reminderActor } from "../../docs/example/reminder.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { DEFAULT_RETRY } from "../../src/runtime/activities.ts";
import type { ActorDefinition } from "../../src/runtime/definition.ts";
import { createRuntime, type Runtime, type RuntimeOptions } from "../../src/runtime/runtime.ts";
import { createMemoryStore } from "../../src/store/memory/memory-store.ts";
import { codeBlocks, holdsLines } from "../support/documents.ts";
import { eventually } from "../support/eventually.ts";
import { newEvent, newRun } from "../support/runs.ts";
import { readRepositoryFile, repositoryFiles } from "../support/source-tree.ts";

const page = readRepositoryFile("docs/bring-your-own-machine.md");
const example = repositoryFiles("docs/example");

describe("the page", () => {
  test("shows the example's own lines", () => {
    const sources = example.map(readRepositoryFile);
    const shown = codeBlocks(page, "ts");
    expect(shown.length).toBeGreaterThan(10);
    for (const block of shown) expect(sources.some((source) => holdsLines(source, block)), block).toBe(true);
    expect(holdsLines("a\n  b\n", "b\n")).toBe(true);
    expect(holdsLines("a\n  b\n", "a\nb\n")).toBe(false);
  });

  test("shows the tested worker's own lines, and the messages that it knows", () => {
    const source = readRepositoryFile("test/support/foreign-worker.cjs").replaceAll(/^ *console\.log.*\n/gm, "");
    const [block = ""] = codeBlocks(page, "js");
    const bare = (text: string) => text.replaceAll(/\s+/g, " ").trim();
    expect(block).not.toBe("");
    expect(bare(source)).toContain(bare(block));
    const [task, ...outcomes] = codeBlocks(page, "json").map((text) => JSON.parse(text));
    expect(Object.keys(task)).toEqual(["actor", "activity", "key", "input", "attempt", "attempts", "traceparent"]);
    expect(outcomes.map(({ status }) => status)).toEqual(["completed", "retry", "failed"]);
  });

  test("leads to every file of it", () => {
    const shown = new Set([...page.matchAll(/\]\((example\/[^)]+)\)/g)].map(([, path]) => `docs/${path}`));
    expect(example.filter((path) => !shown.has(path))).toEqual([]);
  });

  test("quotes what is said to a machine that cannot be durable", () => {
    const [message] = codeBlocks(page, "text");
    expect(() => createRuntime({ store: memory(), actors: [lampActor] })).toThrow(
      expect.objectContaining({ code: "USAGE", message: message?.trimEnd() }),
    );
  });

  test("quotes what is said when it shows later", () => {
    const table = page.slice(page.indexOf("| it says"));
    const said = [...table.matchAll(/^\| `([^`]+)` +\|/gm)].map(([, text = ""]) => text).filter((text) =>
      text.includes(" ")
    );
    expect(said.length).toBeGreaterThan(5);
    const sources = repositoryFiles("src/runtime").map(readRepositoryFile).join("\n").replaceAll("${limit}", "256 KiB");
    expect(said.filter((text) => !sources.includes(text))).toEqual([]);
  });

  test("knows the defaults", () => {
    const { attempts, backoffMs, maxBackoffMs, timeoutMs } = DEFAULT_RETRY;
    const defaults = `${attempts} attempts, ${backoffMs} ms to ${maxBackoffMs / 1_000} s apart, of ${
      timeoutMs / 1_000
    } s each`;
    expect(page.replaceAll("\n", " ")).toContain(defaults);
  });
});

const memory = () => createMemoryStore({ clock: systemClock });
const membership = membershipActor({ charge: async () => ({ receipt: "r-1" }) });
const reminder = reminderActor({ send: async () => {} });

async function running<T>(options: RuntimeOptions, work: (runtime: Runtime) => Promise<T>): Promise<T> {
  const runtime = createRuntime(options);
  await runtime.start();
  try {
    return await work(runtime);
  } finally {
    await runtime.stop(100);
  }
}

test("the upcaster reads what version 1 has stored, and leaves today's events alone", async () => {
  const { upcasters: _, ...rest } = membership;
  const TrialStarted = { by: "client", schema: z.looseObject({}) } as const;
  const version1: ActorDefinition = { ...rest, version: "1", events: { ...rest.events, TrialStarted } };
  const trial = { type: "TrialStarted", clubId: "chess", card: "4242", trialMs: 60_000 };
  const store = memory();
  await running(
    { store, actors: [version1, reminder] },
    (runtime) => runtime.actor("membership", "old").propose({ ...trial, fee: 1200 }),
  );
  await running({ store, actors: [membership, reminder] }, async (runtime) => {
    await runtime.actor("membership", "new").propose({ ...trial, fee: "900" });
    expect((await runtime.actor("membership", "old").snapshot())?.context).toMatchObject({ fee: "1200" });
  });
  await running({ store, actors: [membership, reminder] }, async (runtime) => {
    expect((await runtime.actor("membership", "new").snapshot())?.context).toMatchObject({ fee: "900" });
  });
});

test("the feed carries what any node commits", async () => {
  const store = memory();
  const feed = await openFeed(store);
  const heard: string[] = [];
  await feed.bus.subscribe(({ stream, type }) => heard.push(`${stream} ${type}`));
  await running({ store, bus: feed.bus, actors: [membership, reminder] }, async (runtime) => {
    const trial = { type: "TrialStarted", clubId: "chess", card: "4242", fee: "1", trialMs: 60_000 };
    await runtime.actor("membership", "ada").propose(trial);
    await eventually(() => expect(heard).toEqual(["membership/ada TrialStarted"]));
  });
  await feed.close();
});

test("the subscriber greets who has joined, and again nobody who was greeted", async () => {
  const store = memory();
  const greeted: string[] = [];
  const greet = async (memberId: string) => void greeted.push(memberId);
  const joined = (version: number, memberId: string) =>
    store.append(1, [newRun("club/chess", version, [], {
      events: [newEvent("MemberJoined", { data: JSON.stringify({ memberId }) })],
    })]);
  await joined(0, "ada");
  const first = await greetMembers(store, greet);
  await eventually(() => expect(greeted).toEqual(["ada"]));
  await first.stop();
  await joined(1, "bob");
  const second = await greetMembers(store, greet);
  await eventually(() => expect(greeted).toEqual(["ada", "bob"]));
  await second.stop();
});
