/** Two nodes under load while NATS is killed, away, forgets, or loses its stream. Orders go on; the feed is made good. */
import { cpSync, rmSync } from "node:fs";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkBooks } from "../support/cluster-books.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { describeNats } from "../support/describe-nats.ts";
import { startWitness, type Witness } from "../support/cluster-witness.ts";
import { checkFeed } from "../support/feed-audit.ts";
import { type OrderLoad, startOrderLoad } from "../support/order-load.ts";
import { killPrograms } from "../support/programs.ts";

const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1_000));

describeNats("two nodes", () => {
  let cluster: TestCluster;
  let load: OrderLoad;
  let witness: Witness;
  beforeEach(async () => {
    cluster = await startCluster({ nodes: [{}, {}] });
    witness = await startWitness(cluster);
    load = await startOrderLoad(cluster.nodes);
    await seconds(2);
  });
  afterEach(async () => {
    await witness?.stop();
    await cluster?.stop();
    await killPrograms();
  });

  async function settle(): Promise<void> {
    await load.stop();
    await checkBooks(cluster, load);
    await checkFeed(cluster);
    await witness.check();
  }

  test("SIGKILL of NATS every 15 s", async () => {
    for (let kill = 0; kill < 2; kill++) {
      await cluster.nats.kill();
      await cluster.nats.restart();
      await seconds(15);
    }
    await cluster.nats.kill();
    await cluster.nats.restart();
    await settle();
  });

  test("NATS away for a minute", async () => {
    await cluster.nats.kill();
    await seconds(5);
    const before = load.acknowledged.size;
    await seconds(55);
    expect(load.acknowledged.size, "orders are taken meanwhile").toBeGreaterThan(before + 50);
    await cluster.nats.restart();
    await settle();
  });

  test("its store rolled back, and then its stream deleted", async () => {
    await cluster.nats.stop();
    cpSync(cluster.nats.storeDir, `${cluster.nats.storeDir}.older`, { recursive: true });
    await cluster.nats.restart();
    await seconds(4);
    await cluster.nats.kill();
    rmSync(cluster.nats.storeDir, { recursive: true });
    cpSync(`${cluster.nats.storeDir}.older`, cluster.nats.storeDir, { recursive: true });
    await cluster.nats.restart();
    await seconds(3);

    const connection = await connect({ servers: cluster.nats.url });
    await (await jetstreamManager(connection)).streams.delete("EVENTS");
    await connection.close();
    await seconds(3);
    await settle();
  });
});
