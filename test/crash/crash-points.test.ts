/** Every failpoint with every fault that can happen there, each in a cluster of its own. */
import { afterAll, expect, test } from "vitest";
import { seconds, useClusterUnderLoad } from "../support/cluster-under-load.ts";
import { describeNats } from "../support/describe-nats.ts";
import { comeToRest, failAndRecover, FRAGILE_NODE } from "../support/failpoints/crash-run.ts";
import { type Failpoint, FAILPOINTS } from "../support/failpoints/failpoint.ts";

const plans = Object.entries(FAILPOINTS).flatMap(([point, faults]) =>
  faults.map((fault) => ({ point: point as Failpoint, fault, pass: passOf(point, fault) }))
);

/** Not always the first time: at a later one there is more under way. */
function passOf(point: string, fault: string): number {
  const isRare = ["drain", "orphans", "snapshot"].some((rare) => point.startsWith(rare));
  return isRare ? 1 : 1 + (point.length + fault.length) % 5;
}

describeNats("a node fails", () => {
  const current = useClusterUnderLoad(2, { program: FRAGILE_NODE });
  const table = ["failpoint | fault | pass | recovered after (s) | at rest after (s) | orders"];
  afterAll(() => console.log(table.join("\n")));

  test.each(plans)("$fault at $point", async (plan) => {
    const { cluster, load, settle } = current();
    const began = performance.now();
    const elapsed = () => Math.round((performance.now() - began) / 1_000);
    await failAndRecover(cluster, plan);
    const recovered = elapsed();
    const before = load.acknowledged.size;
    await seconds(2);
    expect(load.acknowledged.size, "orders are taken again").toBeGreaterThan(before);
    await load.stop();
    await comeToRest(cluster);
    await settle();
    table.push(
      [plan.point, plan.fault, plan.pass, recovered, elapsed(), load.acknowledged.size].join(" | "),
    );
  });
});
