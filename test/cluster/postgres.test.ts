/** Two nodes under load while their database is killed. */
import { expect, test } from "vitest";
import { seconds, useClusterUnderLoad } from "../support/cluster-under-load.ts";
import { describeNats } from "../support/describe-nats.ts";

describeNats("two nodes", () => {
  const underLoad = useClusterUnderLoad(2);

  test("SIGKILL of PostgreSQL, three times", async () => {
    const { cluster, load, settle } = underLoad();
    for (let kill = 0; kill < 3; kill++) {
      await seconds(2);
      await cluster.database.kill();
      await seconds(1 + kill);
      await cluster.database.start();
    }
    await seconds(3);
    const before = load.acknowledged.size;
    await seconds(3);
    expect(load.acknowledged.size, "orders are taken again").toBeGreaterThan(before);
    await settle();
    for (const { name, program } of cluster.nodes) {
      expect(await Promise.race([program.ended, Promise.resolve("running")]), name).toBe("running");
    }
  });
});
