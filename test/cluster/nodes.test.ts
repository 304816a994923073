/** Three nodes under load, and what can happen to one of them. Afterwards the books of all parts are compared. */
import { expect, test } from "vitest";
import { seconds, useClusterUnderLoad } from "../support/cluster-under-load.ts";
import { describeNats } from "../support/describe-nats.ts";
import { eventually } from "../support/eventually.ts";
import { checkFeed } from "../support/feed-audit.ts";

describeNats("three nodes", () => {
  const underLoad = useClusterUnderLoad(3);

  test("SIGKILL of one, then of another", async () => {
    const { cluster, load, settle } = underLoad();
    const [, second, third] = cluster.nodes;
    await seconds(2);
    await second!.end("SIGKILL");
    await seconds(3);
    await third!.end("SIGKILL");
    await second!.start();
    await seconds(2);
    await settle();
    expect(load.acknowledged.size).toBeGreaterThan(50);
  });

  test("a rolling restart", async () => {
    const { cluster, settle } = underLoad();
    for (const node of cluster.nodes) {
      await seconds(1);
      await node.end("SIGTERM");
      await node.start();
    }
    await settle();
  });

  test("SIGSTOP of one for longer than its membership", async () => {
    const { cluster, load, settle } = underLoad();
    const [, , held] = cluster.nodes;
    await seconds(1);
    held!.isRunning = false;
    held!.program.kill("SIGSTOP");
    await seconds(11);
    const taken = load.acknowledged.size;
    await eventually(() => expect(load.acknowledged.size).toBeGreaterThan(taken));
    held!.program.kill("SIGCONT");
    held!.isRunning = true;
    await seconds(2);
    await settle();
  });

  test("the last unit, wanted on every node at once", async () => {
    const { cluster, load } = underLoad();
    await load.stop();
    const customer = load.customers[0]!;
    for (let round = 0; round < 10; round++) {
      const product = await cluster.nodes[0]!.client.product("1000", 1);
      const answers = await Promise.all(
        cluster.nodes.flatMap(({ client }) => [client, client]).map((client) =>
          client.place(customer, { [product]: 1 })
        ),
      );
      const ids = answers.map(({ body }) => body.id);
      await eventually(async () => {
        const ended = await cluster.query(
          `select status from order_summaries where id in (${ids.map((id) => `'${id}'`).join()})
           and status in ('confirmed', 'cancelled') order by status desc`,
        );
        expect(ended.map(({ status }) => status)).toEqual(["confirmed", ...Array(ids.length - 1).fill("cancelled")]);
      }, 30_000);
    }
    await checkFeed(cluster);
  });
});
