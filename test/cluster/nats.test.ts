/** Two nodes under load while NATS is killed, away, forgets, or loses its stream. Orders go on; the feed is made good. */
import { cpSync, rmSync } from "node:fs";
import { jetstreamManager } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { connect } from "../../src/messaging/jetstream/transport.ts";
import { seconds, useClusterUnderLoad } from "../support/cluster-under-load.ts";
import { describeNats } from "../support/describe-nats.ts";

describeNats("two nodes", () => {
  const underLoad = useClusterUnderLoad(2);

  test("SIGKILL of NATS every 15 s", async () => {
    const { cluster, settle } = underLoad();
    await seconds(2);
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
    const { cluster, load, settle } = underLoad();
    await seconds(2);
    await cluster.nats.kill();
    await seconds(5);
    const before = load.acknowledged.size;
    await seconds(55);
    expect(load.acknowledged.size, "orders are taken meanwhile").toBeGreaterThan(before + 50);
    await cluster.nats.restart();
    await settle();
  });

  test("its store rolled back, and then its stream deleted", async () => {
    const { cluster, settle } = underLoad();
    await seconds(2);
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
