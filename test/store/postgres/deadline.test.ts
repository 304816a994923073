import { expect, test } from "vitest";
import { createManualClock } from "../../../src/kernel/manual-clock.ts";
import { impatient } from "../../../src/store/postgres/deadline.ts";

test("a statement that is never answered is given up as one that may be tried again", async () => {
  const clock = createManualClock();
  const asked = impatient(() => new Promise(() => {}), clock)("select 1");
  clock.advance(20_000);
  await expect(asked).rejects.toMatchObject({ code: "UNAVAILABLE", retryable: true });
});

test("an answer in time leaves nothing behind", async () => {
  const clock = createManualClock();
  expect(await impatient(async () => [{ n: 1 }], clock)("select 1 as n")).toEqual([{ n: 1 }]);
  expect(await impatient(() => Promise.reject(new Error("no")), clock)("select 1").catch(({ code }) => code)).toBe(
    "UNAVAILABLE",
  );
});
