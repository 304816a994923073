/** Two nodes under load while their database is killed. */
import { afterEach, expect, test } from "vitest";
import { checkBooks } from "../support/cluster-books.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { describeNats } from "../support/describe-nats.ts";
import { startWitness } from "../support/cluster-witness.ts";
import { checkFeed } from "../support/feed-audit.ts";
import { startOrderLoad } from "../support/order-load.ts";
import { killPrograms } from "../support/programs.ts";

const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1_000));

describeNats("two nodes", () => {
  let cluster: TestCluster;
  afterEach(async () => {
    await cluster?.stop();
    await killPrograms();
  });

  test("SIGKILL of PostgreSQL, three times", async () => {
    cluster = await startCluster({ nodes: [{}, {}] });
    const witness = await startWitness(cluster);
    const load = await startOrderLoad(cluster.nodes);
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
    await load.stop();
    await checkBooks(cluster, load);
    await checkFeed(cluster);
    await witness.check();
    await witness.stop();
    for (const { name, program } of cluster.nodes) {
      expect(await Promise.race([program.ended, Promise.resolve("running")]), name).toBe("running");
    }
  });
});
