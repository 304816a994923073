/** What becomes of a message whose delivery fails; that it is delivered at all is shown with real actors elsewhere. */
import { expect, test } from "vitest";
import { type ErrorCode, StatewrightError } from "../../src/kernel/errors.ts";
import { createManualClock } from "../../src/kernel/manual-clock.ts";
import type { OpenMessage } from "../../src/runtime/delivery.ts";
import { Messages } from "../../src/runtime/messages.ts";
import { eventually } from "../support/eventually.ts";

const SOURCE = { type: "order", id: "o1" };
const MESSAGE: OpenMessage = {
  kind: "message",
  to: { type: "stock", id: "s1" },
  event: { type: "ReservationRequested" },
  id: "1/0",
  dueAt: null,
  position: 1,
  correlationId: "c",
};

/** Delivers one message to a target that fails as it is told, and else accepts. */
function deliver(failure: (attempt: number) => Error | undefined) {
  const clock = createManualClock();
  const seen = { attempts: 0, delivered: 0, letters: [] as string[] };
  const unused = () => Promise.reject(new Error("not part of this"));
  const messages = new Messages({
    clock,
    random: () => 0.5,
    async propose(actor) {
      const error = failure(++seen.attempts);
      if (error) throw error;
      return { outcome: "accepted", actor, version: 1, position: 2, state: "on", recordedAt: 0 };
    },
    settle: unused,
    stop: unused,
    refused: unused,
    delivered: () => void seen.delivered++,
    bury: async ({ reason, attempts }) => void seen.letters.push(`${reason} after ${attempts}`),
  });
  messages.start(SOURCE, MESSAGE);
  return {
    seen,
    over: () =>
      eventually(() => {
        clock.advance(5_000);
        expect(seen.delivered).toBe(1);
      }),
  };
}

const known = (code: ErrorCode) => () => new StatewrightError(code, code);
const unknown = () => new Error("who knows");

test("an error that nobody knows may pass: the message is delivered", async () => {
  const { seen, over } = deliver((attempt) => attempt < 3 ? unknown() : undefined);
  await over();
  expect(seen).toEqual({ attempts: 3, delivered: 1, letters: [] });
});

test.each([
  ["an error that nobody knows and that does not pass", unknown, 5],
  ["one that would come again", known("INVALID"), 1],
  ["one that may pass and does not", known("OVERLOADED"), 60],
])("%s: the message is a dead letter after a bounded number of attempts", async (_, failure, attempts) => {
  const { seen, over } = deliver(failure);
  await over();
  expect(seen).toEqual({ attempts, delivered: 1, letters: [`message undeliverable after ${attempts}`] });
});

test("a target that nobody runs is waited for", async () => {
  const { seen, over } = deliver((attempt) => attempt < 200 ? known("UNAVAILABLE")() : undefined);
  await over();
  expect(seen).toEqual({ attempts: 200, delivered: 1, letters: [] });
});
