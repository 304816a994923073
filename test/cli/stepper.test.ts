import { expect, test } from "vitest";
import { diffText, stepThrough } from "../../src/cli/replay/stepper.ts";
import { replayable, type ReplayedEvent, replayEvents } from "../../src/runtime/replay.ts";
import { orderDefinition, orderHistory, seeded } from "../support/order-histories.ts";

async function* typed(...lines: string[]): AsyncGenerator<string> {
  yield* lines;
}

async function threeEvents(): Promise<ReplayedEvent[]> {
  const registered = replayable(orderDefinition);
  for (let seed = 1;; seed++) {
    const rows = orderHistory(registered, "o", seeded(seed)).slice(0, 3);
    const events: ReplayedEvent[] = [];
    if (rows.length < 3) continue;
    for await (const event of replayEvents(registered, { type: "order", id: "o" }, rows)) events.push(event);
    return events;
  }
}

test("a person goes forwards, backwards, anywhere, and sees what an event has changed", async () => {
  const said: string[] = [];
  const events = await threeEvents();
  await stepThrough(events, typed("", "n", "n", "b", "g 1", "g 9", "d", "what", "q", "n"), async (text) => {
    said.push(/^v\d/.exec(text)?.[0] ?? text.split("\n")[0]!);
  });
  expect(said).toEqual([
    expect.stringMatching(/^Enter or n: next/),
    "v1",
    "v2",
    "v3",
    "There is none there: 1 to 3.",
    "v2",
    "v1",
    "There is none there: 1 to 3.",
    expect.stringMatching(/^ {2}\/: \(nothing\) → \{"id":"o"/),
    expect.stringMatching(/^Enter or n: next/),
  ]);
});

test("a difference is a line for each place", () => {
  expect(diffText({ a: 1, b: [1, 2], c: {} }, { a: 2, b: [1], d: null, c: {} })).toBe(
    "  /a: 1 → 2\n  /b/1: 2 → (nothing)\n  /d: (nothing) → null",
  );
  expect(diffText({ a: 1 }, { a: 1 })).toBe("The context is the same.");
});
