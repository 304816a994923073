/** What bad input gets from the runtime over a real Postgres: a named answer, nothing written, nobody harmed. */
import { setTimeout as pause } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import type { MachineEvent } from "../../../src/runtime/machine-event.ts";
import type { ProposalOptions } from "../../../src/runtime/receipt.ts";
import { registerActors } from "../../../src/runtime/register.ts";
import { flawsOf } from "../../support/histories.ts";
import { type ToyNode, usePostgresNodes } from "../../support/postgres-nodes.ts";
import { gate, rogue } from "../../support/toys.ts";
import { glutton, stillborn } from "../../support/toys-bad-input.ts";

const nodes = usePostgresNodes();
const actors = [gate, rogue, glutton, stillborn];
let node: ToyNode;
let actor: string;
let count = 0;

beforeEach(async () => {
  node = await nodes.start(actors);
  actor = `glutton/g${++count}`;
  await node.tell(actor, "Sat");
});

/** The answer, as one word: a refusal's reason or an error's code. Nothing is written, and the actor lives. */
async function answerTo(target: string, event: MachineEvent, options?: ProposalOptions): Promise<string> {
  const head = await nodes.store().head();
  const receipt = await node.tell(target, event, options).catch((thrown: { code?: string }) => ({
    outcome: "failed" as const,
    reason: thrown.code,
  }));
  expect(await nodes.store().head()).toBe(head);
  expect(await node.tell(actor, { type: "Ate" })).toMatchObject({ outcome: "accepted" });
  return receipt.outcome === "refused" || receipt.outcome === "failed" ? String(receipt.reason) : receipt.outcome;
}

const nested = (depth: number): unknown => depth === 0 ? 0 : { a: nested(depth - 1) };
const circle: { self?: unknown } = {};
circle.self = circle;

describe("an event", () => {
  it.each<[string, unknown]>([
    ["300 KiB", "x".repeat(300 * 1024)],
    ["300 KiB in characters of three bytes", "水".repeat(100 * 1024)],
    ["depth 33", nested(32)],
    ["depth 100,000", JSON.parse("[".repeat(100_000) + "]".repeat(100_000))],
    ["NUL", "a\0b"],
    ["NUL in a key", { "a\0": 1 }],
    ["the first half of a surrogate pair", "\ud83d"],
    ["the second half of a surrogate pair", "a\udc00b"],
    ["half a surrogate pair in a key", { "\udfff": 1 }],
    ["__proto__", JSON.parse('{"deep":[{"__proto__":{"admin":true}}]}')],
    ["a bigint", 1n],
    ["a circle", circle],
    [
      "a toJSON that throws",
      {
        toJSON() {
          throw new Error("not me");
        },
      },
    ],
  ])("with %s is invalid, whatever its schema says", async (_, what) => {
    expect(await answerTo(actor, { type: "Ate", what })).toBe("invalid");
    expect(await answerTo(`glutton/unborn${count}`, { type: "Sat", what })).toBe("invalid");
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ["depth 32", nested(31)],
    ["200 KiB", "x".repeat(200 * 1024)],
    ["escapes that only look like NUL", "\\u0000 \\ud800"],
    ["every plane", "ä水😀\u{10ffff}\u202e\u0001\u001e\u2028"],
    ["an empty key", { "": { constructor: 1, prototype: 2, toString: 3 } }],
    ["a number of the greatest precision", [Number.MAX_SAFE_INTEGER, 5e-324, -0]],
  ])("with %s is kept as it is", async (_, what) => {
    expect(await node.tell(actor, { type: "Ate", what })).toMatchObject({ outcome: "accepted" });
    expect((await nodes.history(actor)).at(-1)?.data).toBe(JSON.stringify({ what }));
  });

  it.each<[string, MachineEvent, string]>([
    ["no schema accepts", { type: "Parsed", amount: 7 }, "invalid"],
    ["makes its schema throw", { type: "Parsed", amount: "seven" }, "invalid"],
    ["has a field too many", { type: "Looped", force: true }, "invalid"],
    ["has an asynchronous schema", { type: "Awaited", amount: "7" }, "invalid"],
    ["is not declared", { type: "Slept" }, "undeclared"],
    ["is a wildcard", { type: "*" }, "undeclared"],
    ["is XState's own", { type: "xstate.stop" }, "undeclared"],
    ["is called like a property of Object", { type: "__proto__" }, "undeclared"],
    ["has no name", { type: "" }, "undeclared"],
    ["has a name with NUL", { type: "Ate\0" }, "undeclared"],
    ["has no type", {} as MachineEvent, "undeclared"],
    ["has a type that is no text", { type: 7 } as unknown as MachineEvent, "undeclared"],
  ])("that %s", async (_, event, expected) => {
    expect(await answerTo(actor, event)).toBe(expected);
  });

  it.each([null, undefined, "Ate", 7])("that is %j is an error, and nobody waits for ever", async (event) => {
    const asleep = `glutton/asleep${String(event)}`;
    await node.tell(asleep, "Sat");
    // On the way to an actor that has yet to be loaded.
    node.crash();
    node = await nodes.start(actors);
    const told = node.runtime.actor("glutton", asleep.slice(8)).propose(event as unknown as MachineEvent)
      .then(({ outcome }) => outcome, () => "failed");
    expect(await Promise.race([told, pause(10_000).then(() => "no answer")])).toMatch(/failed|refused/);
    expect(await node.tell(asleep, { type: "Ate" })).toMatchObject({ outcome: "accepted", version: 2 });
  });
});

describe("a machine", () => {
  it.each([
    ["throws in a guard", "GuardThrew"],
    ["throws in an assign", "AssignThrew"],
    ["never comes to rest through `always`", "Spun"],
    ["keeps a bigint", "Hoarded"],
  ])("that %s has its event refused", async (_, type) => {
    const target = `rogue/${type}`;
    await node.tell(target, "Appeared");
    expect(await answerTo(target, { type })).toBe("machineError");
    expect(await node.look(target)).toMatchObject({ version: 1, state: "calm" });
  });

  it.each([
    ["never comes to rest through `raise`", "Looped"],
    ["throws in a named guard", "Belched"],
  ])("that %s has its event refused", async (_, type) => {
    expect(await answerTo(actor, { type })).toBe("machineError");
  });

  it.each(["throws", "bigint", "loops"])("that fails while it comes to be is never born: %s", async (how) => {
    expect(await answerTo(`stillborn/${how}`, { type: "Conceived", how })).toBe("machineError");
    expect(await node.look(`stillborn/${how}`)).toBeNull();
  });

  it.each([["half a character", "Halved"], ["a timer beyond all calendars", "Delayed"]])(
    "that asks for what cannot be stored has its event refused, and that one alone: %s",
    async (_, type) => {
      // All in one commit: before and behind the guilty one, on the same actor and on another.
      const answers = await Promise.allSettled([
        node.tell(actor, { type: "Ate" }),
        node.tell(actor, { type }),
        node.tell(actor, { type: "Ate" }),
        node.tell("gate/neighbour", { type: "Built" }, { messageId: `${actor}.${type}` }),
      ]);
      const outcomes = answers.map((answer) =>
        answer.status === "fulfilled" ? answer.value.outcome : answer.reason.code
      );
      expect(outcomes).toEqual(["accepted", expect.stringMatching(/refused|INVALID/), "accepted", expect.anything()]);
      expect(outcomes[3]).toMatch(/accepted|refused/);
      expect(await node.look(actor)).toMatchObject({ version: 3, context: { eaten: 2 } });
    },
  );
});

describe("an address", () => {
  it.each(["", "a b", "a.b", "a/b", "*", ">", "..", "%2e", "a\0", "ä", "😀", "x".repeat(129), "a\n", "' or 1=1 --"])(
    "with the id %j is invalid",
    async (id) => {
      expect(() => node.runtime.actor("glutton", id)).toThrow(expect.objectContaining({ code: "INVALID" }));
    },
  );

  it.each(["", "Glutton", "a b", "a.b", "*", "glutton\0", "x".repeat(64)])("with the type %j is invalid", (type) => {
    expect(() => node.runtime.actor(type, "a")).toThrow(expect.objectContaining({ code: "INVALID" }));
  });

  it.each(["unknown", "constructor", "toString"])(
    "of the type %j, which nobody has registered, is not found",
    async (type) => {
      expect(await answerTo(`${type}/a`, { type: "Ate" })).toBe("NOT_FOUND");
      await expect(node.look(`${type}/a`)).rejects.toMatchObject({ code: "NOT_FOUND" });
    },
  );
});

describe("what is said beside an event", () => {
  const odd = ["", " ", "a b", "a\0", "a\n", "\x1e", "\x7f", "ä", "\ud800", "x".repeat(257)];
  it.each(
    odd.flatMap((text) => ["messageId", "principal", "correlationId", "causationId"].map((name) => [name, text])),
  )(
    "the %s %j is invalid",
    async (name, text) => {
      expect(await answerTo(actor, { type: "Ate" }, { [name]: text })).toBe("INVALID");
    },
  );

  it.each([-1, 0.5, NaN, Infinity, "1" as unknown as number])(
    "the expected version %j is a conflict",
    async (expectedVersion) => {
      expect(await answerTo(actor, { type: "Ate" }, { expectedVersion })).toBe("versionConflict");
    },
  );

  it.each(["a\0", "a\x1eb", "\ud800", "x".repeat(3_000)])("a request key with %j fails alone", async (key) => {
    const requestKey = { principal: "p", operation: "o", key, requestHash: "h" };
    const [bad, good] = await Promise.allSettled([
      node.tell(actor, { type: "Ate" }, { requestKey }),
      node.tell(actor, { type: "Ate" }),
    ]);
    expect(bad).toMatchObject({ status: "rejected", reason: { code: "INVALID" } });
    expect(good).toMatchObject({ status: "fulfilled", value: { outcome: "accepted", version: 2 } });
  });
});

it("leaves histories that are dense, told once, and proven by their replay", async () => {
  expect(await flawsOf(nodes.store(), registerActors(actors))).toEqual([]);
  expect(await nodes.store().deadLetters({ limit: 10 })).toEqual([]);
});
