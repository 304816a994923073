/** The suite's share of the simulation; thousands of seeds are run by `npm run sim`, all planted bugs by `npm run mutants`. */
import { describe, expect, test } from "vitest";
import { KNOWN_SEEDS } from "../support/sim/known-seeds.ts";
import { MUTANTS } from "../support/sim/mutants.ts";
import { hashesElsewhere } from "../support/sim/other-engine.ts";
import { planted, runMutant } from "../support/sim/run-mutant.ts";
import { type RunResult, runSimulation } from "../support/sim/run-simulation.ts";
import { commandOf } from "../support/sim/shrink-run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const FIRST = 1_000;
const RUNS = 15;
/** By every tenth seed or more: whatever changes in the runtime, a hundred are enough. */
const OFTEN_CAUGHT = [
  "no version check",
  "refused by what is in memory",
  "a claim whose answer was lost is forgotten",
];

/** Fails with what went wrong, and how to see it again. */
function expectWell({ flaws, seed }: RunResult): void {
  expect(flaws.map(({ name, sentence }) => `${name}: ${sentence} (${commandOf({ seed })})`)).toEqual([]);
}

describe("the simulated shop", () => {
  test("keeps its invariants, and is the same run on both engines", async () => {
    const elsewhere = hashesElsewhere(FIRST, RUNS);
    const here = new Map<number, string>();
    for (let seed = FIRST; seed < FIRST + RUNS; seed++) {
      const result = await runSimulation({ seed });
      expectWell(result);
      here.set(seed, result.hash);
    }
    expect(await elsewhere).toEqual(here);
  }, 120_000);

  test("is the same run again under the same seed, and another one under another", async () => {
    const [first, again, other] = [
      await runSimulation({ seed: 7 }),
      await runSimulation({ seed: 7 }),
      await runSimulation({ seed: 8 }),
    ];
    expect(again.hash).toBe(first.hash);
    expect(again.counts).toEqual(first.counts);
    expect(other.hash).not.toBe(first.hash);
  });

  test("makes a run smaller on request", async () => {
    const result = await runSimulation({ seed: 7, orders: 1, chaosMs: 1_000, without: ["crash", "pause"] });
    expectWell(result);
    expect(result.counts.has("fault crash")).toBe(false);
    expect(result.counts.get("recorded OrderPlaced")).toBe(1);
  });

  test.each(KNOWN_SEEDS)("goes well with seed $seed: $because", async (known) => {
    expectWell(await runSimulation(known));
  });
});

describe("planted bugs", () => {
  test.each(MUTANTS)("can still be planted: $name", (mutant) => {
    expect(planted(mutant)).toContain(mutant.replace);
  });

  test.each(OFTEN_CAUGHT)("are caught: %s", async (name) => {
    const mutant = MUTANTS.find((one) => one.name === name)!;
    const verdict = await runMutant(mutant, temporaryFolder(), { first: 1, most: 100 });
    expect(verdict.caughtBy).toBeDefined();
  }, 60_000);
});
