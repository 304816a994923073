/** Some of the failpoints of test/crash, one after the other in one cluster; `npm run test:crash` has all of them. */
import { expect, test } from "vitest";
import { useClusterUnderLoad } from "../support/cluster-under-load.ts";
import { describeNats } from "../support/describe-nats.ts";
import { eventually } from "../support/eventually.ts";
import { comeToRest, failAndRecover, FRAGILE_NODE } from "../support/failpoints/crash-run.ts";
import type { Plan } from "../support/failpoints/failpoint.ts";

const PLANS: readonly Plan[] = [
  { point: "append after commit", fault: "kill", pass: 3 },
  { point: "relay after ack", fault: "kill", pass: 2 },
  { point: "capture after call", fault: "kill", pass: 2 },
  { point: "timer before commit", fault: "throw", pass: 1 },
  { point: "projection before checkpoint", fault: "kill", pass: 2 },
  { point: "refund after call", fault: "throw", pass: 1 },
  { point: "outcome after commit", fault: "hang", pass: 2 },
];

describeNats("two nodes", () => {
  const current = useClusterUnderLoad(2, { program: FRAGILE_NODE });

  test("fail where it hurts, again and again", async () => {
    const { cluster, load, settle } = current();
    for (const plan of PLANS) {
      const before = load.acknowledged.size;
      await failAndRecover(cluster, plan);
      await eventually(() => {
        expect(load.acknowledged.size, `orders taken around: ${plan.fault} ${plan.point}`).toBeGreaterThan(before);
      }, 60_000);
    }
    await load.stop();
    await comeToRest(cluster);
    await settle();
  });
});
