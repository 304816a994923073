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

  test.each(KNOWN_SEEDS)(
    "goes well with seed $seed, and would not if it were as it was: $because",
    async ({ seed, mutant }) => {
      expectWell(await runSimulation({ seed }));
      const planted = MUTANTS.find(({ name }) => name === mutant)!;
      const verdict = await runMutant(planted, temporaryFolder(), { first: seed, most: 1 });
      expect(verdict.caughtBy).toBeDefined();
    },
    60_000,
  );
});

describe("planted bugs", () => {
  test.each(MUTANTS)("can still be planted: $name", (mutant) => {
    expect(planted(mutant)).toContain(mutant.replace);
  });
});
