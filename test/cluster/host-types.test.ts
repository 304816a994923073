/** Nodes that run only some actor types: while stock's are down orders wait, and go on once they are back. */
import { afterEach, expect, test } from "vitest";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { describeNats } from "../support/describe-nats.ts";
import { killPrograms } from "../support/programs.ts";

describeNats("HOST_TYPES", () => {
  let cluster: TestCluster;
  afterEach(async () => {
    await cluster?.stop();
    await killPrograms();
  });

  test("an order placed while stock is down is confirmed once it is back", async () => {
    cluster = await startCluster({
      nodes: [{ HOST_TYPES: "order,payment,product,customer,conversation" }, { HOST_TYPES: "stock" }],
    });
    const [shop, stock] = cluster.nodes;
    const product = await shop!.client.product("1000", 5);
    const customer = await shop!.client.customer();
    await stock!.end("SIGTERM");

    const { status, body } = await shop!.client.place(customer, { [product]: 1 });
    expect(status).toBe(201);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect((await shop!.client.get(`/v1/orders/${body.id}`)).body.state).toBe("reservingStock");

    await stock!.start();
    await shop!.client.reaches(body.id, "confirmed", 20_000);
    const [letters] = await cluster.query("select count(*)::int as count from dead_letters");
    expect(letters).toEqual({ count: 0 });
  });
});
