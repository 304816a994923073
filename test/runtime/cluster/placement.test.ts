import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { Placement } from "../../../src/runtime/placement.ts";
import type { Member } from "../../../src/store/store.ts";

const ACTORS = Array.from({ length: 6_000 }, (_, i) => `gate/g${i}`);

const member = (id: string, epoch: number, ...types: string[]): Member => ({ id, epoch, address: null, types });
const nodes = (count: number) => Array.from({ length: count }, (_, i) => member(`host-${i}:8080`, i + 1, "gate"));
const owners = (members: readonly Member[]) => {
  const placement = new Placement(members);
  return ACTORS.map((stream) => placement.ownerOf("gate", stream)?.id);
};

describe("placement", () => {
  it("is balanced: no node has a fifth more or less than its share", () => {
    for (const count of [2, 3, 5, 8]) {
      const share = ACTORS.length / count;
      const counts = Map.groupBy(owners(nodes(count)), (id) => id);
      expect(counts.size).toBe(count);
      for (const [, theirs] of counts) expect(Math.abs(theirs.length - share) / share).toBeLessThan(0.2);
    }
  });

  test.prop([fc.integer({ min: 2, max: 9 }), fc.nat()])(
    "moves only the actors of the node that goes",
    (count, which) => {
      const all = nodes(count);
      const gone = all[which % count]!;
      const [before, after] = [owners(all), owners(all.filter((one) => one !== gone))];
      for (const [i, owner] of before.entries()) {
        if (owner !== gone.id) expect(after[i]).toBe(owner);
        else expect(after[i]).not.toBe(owner);
      }
    },
  );

  it("is the same for everybody, in whatever order they have heard of the nodes", () => {
    expect(owners(nodes(5).toReversed())).toEqual(owners(nodes(5)));
  });

  it("gives a node that was started again its actors back", () => {
    const again = nodes(3).map((one) => one.epoch === 2 ? { ...one, epoch: 9 } : one);
    expect(owners(again)).toEqual(owners(nodes(3)));
  });

  it("chooses among those that run the type, and leaves out whom it is told to", () => {
    const placement = new Placement([member("a", 1, "gate", "worker"), member("b", 2, "worker"), member("c", 3)]);
    for (const stream of ACTORS.slice(0, 50)) expect(placement.ownerOf("gate", stream)?.id).toBe("a");
    expect(placement.ownerOf("worker", "worker/w", ({ id }) => id !== "a")?.id).toBe("b");
    expect(placement.ownerOf("gate", "gate/g", ({ id }) => id !== "a")).toBeUndefined();
    expect(placement.ownerOf("unknown", "unknown/u")).toBeUndefined();
    expect(new Placement([]).ownerOf("gate", "gate/g")).toBeUndefined();
  });
});
