/** What is done to a cluster while it is soaked. The first node never dies, so that its memory can be watched. */
import type { ClusterNode, TestCluster } from "../support/cluster.ts";
import { seconds } from "../support/cluster-under-load.ts";
import type { Chance } from "../support/sim/chance.ts";
import type { TcpProxy } from "../support/tcp-proxy.ts";

type Fault = (cluster: TestCluster, wire: TcpProxy) => Promise<void>;

/** Others take a silent node for dead after 8 s. */
const LONG_S = 11;

/** Each undoes what it has done. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  async "node killed"({ nodes }) {
    const node = mortal(nodes);
    await node.end("SIGKILL");
    await seconds(2);
    await node.start();
  },
  async "node stopped and started"({ nodes }) {
    const node = mortal(nodes);
    await node.end("SIGTERM");
    await node.start();
  },
  async "node held"({ nodes }) {
    const node = mortal(nodes);
    node.isRunning = false;
    node.program.kill("SIGSTOP");
    await seconds(LONG_S);
    node.program.kill("SIGCONT");
    node.isRunning = true;
  },
  async "nats killed"({ nats }) {
    await nats.kill();
    await seconds(3);
    await nats.restart();
  },
  async "database killed"({ database }) {
    await database.kill();
    await seconds(1);
    await database.start();
  },
  async "wire cut"(_, wire) {
    for (let times = 0; times < 5; times++) {
      wire.cut();
      await seconds(0.5);
    }
  },
  async "wire slow"(_, wire) {
    wire.delay(150);
    await seconds(5);
    wire.delay(0);
  },
  async "wire half open"(_, wire) {
    wire.silence();
    await seconds(LONG_S);
    wire.wake();
  },
  async "answers lost"(_, wire) {
    wire.swallowAnswers();
    await seconds(0.5);
    wire.cut();
  },
};

/** The wire is one of any node's, to any server. */
export async function happen(fault: string, cluster: TestCluster, chance: Chance): Promise<void> {
  const wires = cluster.nodes.flatMap(({ wires }) => Object.values(wires ?? {}) as TcpProxy[]);
  await FAULTS[fault]!(cluster, chance.pick(wires)!);
}

function mortal(nodes: readonly ClusterNode[]): ClusterNode {
  return nodes.at(-1)!;
}
