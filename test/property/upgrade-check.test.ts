/**
 * The upgrade check against many stored orders: no unsafe change passes, no safe one is blocked, and what it shows as
 * the smallest example is one.
 */
import { env } from "node:process";
import { describe, expect, test } from "vitest";
import type { AnyStateMachine } from "xstate";
import { refOf } from "../../src/kernel/ids.ts";
import { replayable } from "../../src/runtime/replay.ts";
import { leaveOut, shrinkHistory } from "../../src/runtime/shrink.ts";
import { groupKey, type HistoryVerdict, judgeHistory, type Upgrade } from "../../src/runtime/upgrade-check.ts";
import type { StoredEvent } from "../../src/store/store.ts";
import { SAFE_CHANGES, UNSAFE_CHANGES } from "../support/changed-orders.ts";
import { orderDefinition, orderHistory, seeded } from "../support/order-histories.ts";

/** A release's worth: `TEST_HISTORIES=10000`. */
const HISTORIES = Number(env["TEST_HISTORIES"] ?? 1_000);
const TIMEOUT_MS = 30_000 + HISTORIES * 50;

const baseline = replayable(orderDefinition);
const random = seeded(7);
const histories = Array.from({ length: HISTORIES }, (_, n) => orderHistory(baseline, `o${n}`, random));

interface Group {
  readonly verdict: HistoryVerdict;
  example: readonly StoredEvent[];
}

interface Checked {
  readonly upgrade: Upgrade;
  readonly groups: ReadonlyMap<string, Group>;
}

function check(machine: AnyStateMachine): Checked {
  return checkUpgrade({ baseline, candidate: replayable({ ...orderDefinition, machine }) });
}

/** As a start does it: the changed machine is all there is. */
function checkStored(machine: AnyStateMachine): Checked {
  return checkUpgrade({ baseline: undefined, candidate: replayable({ ...orderDefinition, machine }) });
}

function checkUpgrade(upgrade: Upgrade): Checked {
  const groups = new Map<string, Group>();
  for (const rows of histories) {
    const verdict = judgeHistory(upgrade, refOf(rows[0]!.stream), rows);
    const group = groups.get(groupKey(verdict));
    if (group === undefined) groups.set(groupKey(verdict), { verdict, example: rows });
    else if (rows.length < group.example.length) group.example = rows;
  }
  return { upgrade, groups };
}

test("the histories show every verdict's ground: live ones and ended ones, in every state", () => {
  const standing = new Set(histories.map((rows) => rows.at(-1)!.state));
  expect([...standing].toSorted()).toEqual([
    "cancelled",
    "chargingPayment",
    "compensating.refunding",
    "compensating.releasingStock",
    "confirmed",
    "delivered",
    "needsIntervention",
    "reservingStock",
    "shipped",
  ]);
});

test("the machine that wrote them is the same on all of them", () => {
  expect([...check(orderDefinition.machine).groups.keys()]).toEqual([
    groupKey({ verdict: "same", breaks: false, live: true, divergence: undefined }),
  ]);
});

const breaking = ({ groups }: Checked) =>
  [...groups.values()].map(({ verdict }) => verdict).filter(({ breaks }) => breaks);

describe("a safe change breaks no live actor", () => {
  test.each(SAFE_CHANGES)("$name", { timeout: TIMEOUT_MS }, ({ machine }) => {
    expect(breaking(check(machine))).toEqual([]);
    expect(breaking(checkStored(machine)), "without the machine of before").toEqual([]);
  });
});

describe("an unsafe change breaks a live actor, and the example cannot be smaller", () => {
  test.each(UNSAFE_CHANGES)("$name", { timeout: TIMEOUT_MS }, ({ machine }) => {
    const checked = check(machine);
    const { upgrade, groups } = checked;
    expect(breaking(checked)).not.toEqual([]);
    expect(breaking(checkStored(machine)), "without the machine of before").not.toEqual([]);
    for (const [key, { verdict, example }] of groups) {
      if (verdict.verdict === "same") continue;
      const ref = refOf(example[0]!.stream);
      const shrunk = shrinkHistory(upgrade, ref, example);
      expect(shrunk.minimal).toBe(true);
      expect(groupKey(judgeHistory(upgrade, ref, shrunk.rows))).toBe(key);
      for (const { version } of shrunk.rows) {
        const smaller = leaveOut(baseline, ref, shrunk.rows, version);
        if (smaller?.length) expect(groupKey(judgeHistory(upgrade, ref, smaller)), `without ${version}`).not.toBe(key);
      }
    }
  });
});
