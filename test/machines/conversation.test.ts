import { expect, test } from "vitest";
import { conversationMachine } from "../../machines/conversation/machine.ts";
import { begin, pathOf, step } from "../support/machine-stepper.ts";

const opened = { id: "v1", orderId: "o1", text: "Where is it?" };
const asks = { type: "CustomerWrote", text: "Hello?" };
const answers = { type: "OperatorWrote", text: "On its way." };

test("waits for whoever has not written last, and each message starts the silence anew", () => {
  const first = begin(conversationMachine, opened);
  expect(pathOf(first.snapshot)).toBe("awaitingOperator");
  const again = step(first, asks);
  expect([pathOf(again.snapshot), again.timers.size]).toEqual(["awaitingOperator", 1]);
  const answered = step(again, answers);
  expect([pathOf(answered.snapshot), answered.timers.size]).toEqual(["awaitingCustomer", 1]);
  expect(answered.snapshot.context).toEqual({ id: "v1", orderId: "o1", messages: 3 });
});

test("is over when it is closed, or when nobody writes", () => {
  const first = begin(conversationMachine, opened);
  expect(pathOf(step(first, { type: "ConversationClosed" }).snapshot)).toBe("closed");
  const [timer] = [...first.timers.values()];
  expect(pathOf(step(first, timer!.event).snapshot)).toBe("closed");
});

test("holds a thousand messages", () => {
  let talk = begin(conversationMachine, opened);
  for (let n = 1; n < 1_000; n++) talk = step(talk, n % 2 === 0 ? asks : answers);
  expect(talk.snapshot.context.messages).toBe(1_000);
  expect([talk.snapshot.can(asks), talk.snapshot.can(answers)]).toEqual([false, false]);
  expect(talk.snapshot.can({ type: "ConversationClosed" })).toBe(true);
});
