import { expect, it } from "vitest";
import { createManualClock } from "../../../src/kernel/manual-clock.ts";
import { createAppendHints } from "../../../src/store/postgres/append-hints.ts";

function start() {
  const clock = createManualClock();
  const told: number[] = [];
  const hints = createAppendHints(clock, async () => void told.push(clock.now()));
  const append = () => {
    const hinted = hints.next();
    hints.committed(hinted);
    return hinted;
  };
  return { clock, told, hints, append };
}

it("the first append tells readers itself, and those right after it do not", () => {
  const { append } = start();
  expect([append(), append(), append()]).toEqual([true, false, false]);
});

it("while there is more to append, a later one tells for all, and nothing else is sent", () => {
  const { clock, told, append } = start();
  const hinted: boolean[] = [];
  for (let i = 0; i < 20; i++) {
    hinted.push(append());
    clock.advance(1);
  }
  expect(hinted.filter(Boolean)).toHaveLength(4);
  expect(told).toEqual([]);
});

it("the last appends before a rest are told of within a few milliseconds, once", () => {
  const { clock, told, append } = start();
  append();
  append();
  append();
  expect(told).toEqual([]);
  clock.advance(5);
  expect(told).toHaveLength(1);
  clock.advance(1_000);
  expect(told).toHaveLength(1);
});

it("an append that carried a hint and stored nothing has told nobody", () => {
  const { clock, told, hints, append } = start();
  append();
  append();
  clock.advance(4);
  hints.next();
  clock.advance(1);
  expect(told).toHaveLength(1);
});

it("nothing is told after the end", () => {
  const { clock, told, hints, append } = start();
  append();
  append();
  hints.stop();
  clock.advance(1_000);
  expect(told).toEqual([]);
});
