/** Operators ask any node, and the one that does the work answers; visitors write beside all of them. */
import { expect, it } from "vitest";
import { createOperations } from "../../../src/runtime/create-operations.ts";
import { visitActors } from "../../../src/runtime/visitor.ts";
import { eventually } from "../../support/eventually.ts";
import { type LinkedNode, useLinkedNodes } from "../../support/linked-nodes.ts";
import { gate, worker } from "../../support/toys.ts";

const nodes = useLinkedNodes();
const by = { who: "op-7", reason: "asked for" };

async function startThree(actors: Parameters<typeof nodes.start>[1]) {
  const three: LinkedNode[] = [];
  for (const id of ["one", "two", "three"]) three.push(await nodes.start(id, actors));
  const operations = three.map(({ runtime }) => createOperations({ store: nodes.store(), actors, ask: runtime.ask }));
  return { three, operations };
}

it("every node tells how an activity goes, and hurries it, wherever it runs", async () => {
  let isOpen = false;
  const mill = {
    run: async () => isOpen ? "flour" : Promise.reject(new Error("closed")),
    retry: { attempts: 9, backoffMs: 3_600_000, maxBackoffMs: 3_600_000 },
  };
  const { three, operations } = await startThree([worker(mill)]);
  await three[0]!.tell("worker/far", "Hired");
  const ref = { type: "worker", id: "far" };
  for (const one of operations) {
    await eventually(async () =>
      expect((await one.why(ref))?.activities[0]?.attempts).toMatchObject({
        attempt: 2,
        lastError: { message: "closed" },
      })
    );
  }
  isOpen = true;
  const owner = three.findIndex((node) => node.epoch() === node.runtime.placement("worker", "far")?.epoch);
  await expect(operations[(owner + 1) % 3]!.retryActivity(ref, "1/0", by)).resolves.toMatchObject({ outcome: "now" });
  await eventually(async () => expect((await three[0]!.look("worker/far"))?.context.answer).toBe("flour"));
});

it("visitors and nodes write the same actors at once, and every event is there once", async () => {
  const { three } = await startThree([gate]);
  const gates = Array.from({ length: 10 }, (_, n) => `g${n}`);
  await Promise.all(gates.map((id) => three[0]!.tell(`gate/${id}`, "Built")));
  const visitors = [1, 2].map(() => visitActors({ store: nodes.store(), actors: [gate] }));
  const writers = [...visitors, ...three.map(({ runtime }) => runtime)];
  await Promise.all(gates.flatMap((id) =>
    writers.flatMap((writer) =>
      [1, 2, 3].map(async () => {
        const receipt = await writer.actor("gate", id).propose({ type: "Counted", by: 1 });
        expect(receipt.outcome).toBe("accepted");
      })
    )
  ));
  for (const visitor of visitors) await visitor.close();
  for (const id of gates) {
    for (const node of three) {
      expect(await node.look(`gate/${id}`)).toMatchObject({ version: 16, context: { total: 15 } });
    }
  }
  expect(await nodes.flaws([gate, worker({ run: async () => null })])).toEqual([]);
});
