/** A cluster that a test does harm to, with orders coming in and a subscriber that counts; and what must hold afterwards. */
import { afterEach, beforeEach } from "vitest";
import { checkBooks } from "./cluster-books.ts";
import { startWitness, type Witness } from "./cluster-witness.ts";
import { type ClusterOptions, startCluster, type TestCluster } from "./cluster.ts";
import { checkFeed } from "./feed-audit.ts";
import { type OrderLoad, startOrderLoad } from "./order-load.ts";
import { killPrograms } from "./programs.ts";
import { removeTemporaryFolders } from "./temporary-folder.ts";

export interface ClusterUnderLoad {
  readonly cluster: TestCluster;
  readonly load: OrderLoad;
  /** Ends the load, waits for the last order, and compares the books of all parts. */
  settle(): Promise<void>;
}

/** To be called once in a `describe`; what it answers is there in each test. */
export function useClusterUnderLoad(
  nodes: number,
  options: Omit<ClusterOptions, "nodes"> = {},
): () => ClusterUnderLoad {
  let cluster: TestCluster;
  let witness: Witness;
  let load: OrderLoad;
  beforeEach(async () => {
    cluster = await startCluster({ ...options, nodes: Array.from({ length: nodes }, () => ({})) });
    witness = await startWitness(cluster);
    load = await startOrderLoad(cluster.nodes);
  });
  afterEach(async () => {
    await witness?.stop();
    await cluster?.stop();
    await killPrograms();
    removeTemporaryFolders();
  });
  return () => ({
    cluster,
    load,
    async settle() {
      await load.stop();
      await checkBooks(cluster, load);
      await checkFeed(cluster);
      await witness.check();
    },
  });
}

export function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1_000));
}
