/** The network of one of two nodes breaks, towards the database or towards NATS, and heals. */
import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, expect, test } from "vitest";
import { connect } from "../../src/messaging/jetstream/transport.ts";
import type { ClusterNode, TestCluster, Wires } from "../support/cluster.ts";
import { seconds, useClusterUnderLoad } from "../support/cluster-under-load.ts";
import { describeNats } from "../support/describe-nats.ts";
import { eventually } from "../support/eventually.ts";
import { comeToRest, FRAGILE_NODE } from "../support/failpoints/crash-run.ts";
import type { TcpProxy } from "../support/tcp-proxy.ts";

type Server = keyof Wires;

/** Longer than others take a silent node for alive, and than an append waits for its answer. */
const SILENCE_S = 17;

/** How many events the server has taken. */
const TAKEN: Readonly<Record<Server, (cluster: TestCluster) => Promise<number>>> = {
  async database({ query }) {
    const [log] = await query("select count(*) as taken from events");
    return Number(log?.["taken"]);
  },
  async nats({ nats }) {
    const connection = await connect({ servers: nats.url });
    try {
      const { state } = await (await jetstreamManager(connection)).streams.info("EVENTS");
      return state.last_seq;
    } finally {
      await connection.close();
    }
  },
};

const FAULTS: Readonly<Record<string, (wire: TcpProxy, server: Server, cluster: TestCluster) => Promise<void>>> = {
  async "cut again and again"(wire) {
    for (let times = 0; times < 8; times++) {
      wire.cut();
      await seconds(0.4);
    }
  },
  async "slow"(wire) {
    wire.delay(250);
    await seconds(8);
    wire.delay(0);
  },
  async "half open"(wire) {
    wire.silence();
    await seconds(SILENCE_S);
    wire.wake();
  },
  /** What was asked for is done, and nobody hears of it. */
  async "cut before the answers"(wire, server, cluster) {
    for (let times = 0; times < 3; times++) {
      const before = await TAKEN[server](cluster);
      wire.swallowAnswers();
      await eventually(async () => expect(await TAKEN[server](cluster)).toBeGreaterThan(before));
      wire.cut();
      await seconds(1);
    }
  },
  /** What was asked for is done later, after its asker has given up and asked again over another connection. */
  async "cut, and what was sent comes late"(wire) {
    for (let times = 0; times < 3; times++) {
      wire.holdRequests();
      await seconds(0.2);
      wire.cutClients();
      await seconds(1);
      wire.release();
    }
  },
};

const cases = (["database", "nats"] as const).flatMap((server) =>
  Object.keys(FAULTS).map((fault) => ({ server, fault }))
);

describeNats("the wire of one node breaks", () => {
  const current = useClusterUnderLoad(2, { program: FRAGILE_NODE, breakableWires: true });
  const table = ["wire | fault | orders meanwhile | at rest after (s)"];
  afterAll(() => console.log(table.join("\n")));

  test.each(cases)("$server: $fault", async ({ server, fault }) => {
    const { cluster, load, settle } = current();
    await seconds(1);
    const [began, before] = [performance.now(), load.acknowledged.size];
    const node = await relayOf(cluster);
    await FAULTS[fault]!(node.wires![server], server, cluster);
    const meanwhile = load.acknowledged.size - before;
    await eventually(async () => expect((await node.client.get("/readyz")).status).toBe(200), 30_000);
    const healed = load.acknowledged.size;
    await eventually(() => expect(load.acknowledged.size).toBeGreaterThan(healed), 20_000);
    await load.stop();
    await comeToRest(cluster);
    await settle();
    table.push([server, fault, meanwhile, Math.round((performance.now() - began) / 1_000)].join(" | "));
  });
});

/** The node that has most to lose: it also feeds the feed. */
async function relayOf({ nodes, query }: TestCluster): Promise<ClusterNode> {
  const [lease] = await query("select holder from leases where name = 'relay'");
  return nodes.find(({ name }) => name === lease?.["holder"]) ?? nodes[0]!;
}
