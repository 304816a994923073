/** Nodes that ask each other over NATS, and what becomes of them when it is away. */
import { afterEach, beforeAll, expect, it } from "vitest";
import { createNatsLink } from "../../../src/messaging/jetstream/nats-link.ts";
import { describeNats } from "../../support/describe-nats.ts";
import { eventually } from "../../support/eventually.ts";
import { type LinkedNode, useLinkedNodes } from "../../support/linked-nodes.ts";
import { closeNats, natsAt } from "../../support/nats-buses.ts";
import { type NatsServer, startNatsServer } from "../../support/nats-server.ts";
import { gate } from "../../support/toys.ts";

const nodes = useLinkedNodes();

describeNats("nodes that are linked over NATS", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  // Registered after the nodes' own, and so called before they stop: they have to do without it.
  afterEach(closeNats);

  const answered = (node: LinkedNode) => node.metric('statewright_forwarded_total{result="answered"}');

  it("have each actor once; go on when it is away; and find each other again", async () => {
    const three: LinkedNode[] = [];
    for (const id of ["one", "two", "three"]) {
      three.push(await nodes.start(id, [gate], { link: createNatsLink(await natsAt(server.url)) }));
    }
    const gates = Array.from({ length: 30 }, (_, i) => `gate/nats${i}`);
    const countAll = (total: number) =>
      Promise.all(gates.map(async (actor, i) => {
        for (const n of [0, 1, 2]) await three[(i + n) % 3]!.tell(actor, { type: "Counted", by: 1 });
        for (const node of three) expect((await node.look(actor))?.context.total).toBe(total);
      }));
    await Promise.all(gates.map((actor, i) => three[i % 3]!.tell(actor, "Built")));
    await countAll(3);
    expect(nodes.conflicts()).toBe(0);
    for (const node of three) expect(await answered(node)).toBeGreaterThan(30);

    await server.kill();
    await countAll(6);
    await server.restart();
    const before = await answered(three[0]!);
    await eventually(async () => {
      await three[0]!.tell("gate/nats0", { type: "Counted", by: 0 });
      await Promise.all(gates.map((actor) => three[0]!.look(actor)));
      expect(await answered(three[0]!)).toBeGreaterThan(before);
    }, 20_000);
    await countAll(9);
    expect(await nodes.flaws([gate])).toEqual([]);
  }, 60_000);
});
