/** A failure at a failpoint of a cluster under load: it is brought about, and undone as an operator would. */
import { expect } from "vitest";
import type { ClusterNode, TestCluster } from "../cluster.ts";
import { seconds } from "../cluster-under-load.ts";
import { eventually } from "../eventually.ts";
import { armedText, firedText, type Plan } from "./failpoint.ts";

/** What the nodes of a fragile cluster run. */
export const FRAGILE_NODE = "test/support/failpoints/node.ts";

const FIRES_WITHIN_S = 30;
/** Others take a node for dead after 8 s. */
const HANG_S = 11;
/** What nobody has taken up by then, nobody is going to. */
const REST_WITHIN_MS = 60_000;

/** @throws when the failpoint is not passed often enough within 30 s */
export async function failAndRecover(cluster: TestCluster, plan: Plan): Promise<void> {
  const node = await nodeFor(plan, cluster);
  node.program.send(plan);
  await node.program.says(armedText(plan));
  await provoke(plan, node, cluster);
  await within(FIRES_WITHIN_S, node.program.says(firedText(plan)), plan);
  if (plan.fault === "hang") {
    node.isRunning = false;
    await seconds(HANG_S);
    node.program.kill("SIGCONT");
  }
  node.isRunning = plan.fault !== "kill" && !isAtEnd(plan);
  if (!node.isRunning) await node.program.ended;
  for (const each of cluster.nodes) if (!each.isRunning) await each.start();
}

/** Waits until nothing is under way any more, nor due soon. A killed node may have left rows of timers that are over. */
export async function comeToRest({ query }: TestCluster): Promise<void> {
  await eventually(async () => {
    const left = await query(`
      select stream, claimed_by, open, (
        select json_agg(concat_ws(' ', stream, version, type, metadata ->> 'node') order by position)
        from events where stream = waiting.stream or metadata ->> 'id' like waiting.stream || '/%'
      ) as life, (select json_agg(concat_ws(' ', id, epoch, seen_at)) from nodes) as nodes
      from waiting where claimed_by is not null or due < now() + interval '1 minute' and exists (
        select from json_array_elements(open) as note where note ->> 'kind' = 'timer' and not exists (
          select from events where stream = waiting.stream and (
            metadata ->> 'settles' = note ->> 'effect'
            or effects::text like '%{"kind":"close","effect":"' || (note ->> 'effect') || '"}%'
          )
        )
      )`);
    expect(left, "still under way").toEqual([]);
  }, REST_WITHIN_MS);
}

/** The relay is one node's; anything else happens on both. */
async function nodeFor({ point }: Plan, { nodes, query }: TestCluster): Promise<ClusterNode> {
  if (!point.startsWith("relay")) return nodes[0]!;
  const [lease] = await query("select holder from leases where name = 'relay'");
  return nodes.find(({ name }) => name === lease?.["holder"])!;
}

/** Brings about what load alone does not: a death to take over from, and an end. */
async function provoke(plan: Plan, node: ClusterNode, { nodes }: TestCluster): Promise<void> {
  if (plan.point === "orphans claimed") await dieAtWork(nodes.find((other) => other !== node)!);
  if (!isAtEnd(plan)) return;
  node.isRunning = false;
  node.program.kill("SIGTERM");
}

/** Whoever has nothing on its hands leaves nothing to take over. */
async function dieAtWork(node: ClusterNode): Promise<void> {
  node.program.send({ point: "capture before call", fault: "kill", pass: 1 } satisfies Plan);
  await node.program.ended;
  node.isRunning = false;
}

function isAtEnd({ point }: Plan): boolean {
  return point.startsWith("drain");
}

async function within(limit: number, said: Promise<string>, { point, pass }: Plan): Promise<void> {
  const never = seconds(limit).then(() => {
    throw new Error(`"${point}" was not passed ${pass} times within ${limit} s`);
  });
  await Promise.race([said, never]);
}
