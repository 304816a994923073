/** What a node had on its way to the store when it died, and what arrives when others have long gone on. */
import { expect, it } from "vitest";
import { waitingFor } from "../../src/runtime/effects.ts";
import { eventually } from "../support/eventually.ts";
import { startToys } from "../support/start-toys.ts";
import { oracle, pilgrim } from "../support/toys-effects.ts";

const LONG_DEAD = 999;

it("a row that shows a delivered message again is taken up by whoever lives, and the message is heard once", async () => {
  const { store, tell, context, types } = await startToys([oracle, pilgrim]);
  await tell("oracle", "o", { type: "Founded" });
  await tell("pilgrim", "p", { type: "SetOut" });
  await tell("pilgrim", "p", { type: "Wondered", number: 4, oracle: "o" });
  const isOver = async () => {
    expect(await context("pilgrim", "p")).toMatchObject({ answers: [8] });
    for (const stream of ["pilgrim/p", "oracle/o"]) expect(await store.waiting(stream)).toBeUndefined();
  };
  await eventually(isOver);

  const [, asking] = await store.read("pilgrim/p");
  const [message] = JSON.parse(asking!.effects!) as [Parameters<typeof waitingFor>[0][number]];
  const waiting = waitingFor([{ ...message, id: "2/0" }]);
  const late = { stream: "pilgrim/p", expectedVersion: 3, events: [], waiting, requestKeys: [] };
  expect(await store.append(LONG_DEAD, [late])).toMatchObject([{ outcome: "appended" }]);
  expect(await store.waiting("pilgrim/p")).toBeDefined();

  await eventually(isOver);
  expect(await types("oracle", "o")).toEqual(["Founded", "Asked"]);
});
