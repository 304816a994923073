/** What must be true of a whole cluster once it has come to rest: the books of all its parts are compared. */
import { expect } from "vitest";
import { violationsOf } from "../invariants/invariants.ts";
import { readBooks } from "../invariants/read-books.ts";
import type { TestCluster } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { type OrderLoad, SUPPLY } from "./order-load.ts";

/** What nobody took up ends by its own time-out, the longest of which is the payment's: two minutes. */
const REST_WITHIN_MS = 150_000;
/**
 * For readers to catch up, and for delivered messages to leave the rows of those who sent them: where two nodes have
 * delivered, the one may put back for a moment what the other has just taken out, and delivers it once more.
 */
const BOOKED_WITHIN_MS = 20_000;

/** Waits until every order has come to its end, and then compares the books. */
export async function checkBooks(cluster: TestCluster, load: OrderLoad): Promise<void> {
  await eventually(() => everyOrderEnded(cluster), REST_WITHIN_MS);
  await eventually(() => booksAreInOrder(cluster, load), BOOKED_WITHIN_MS);
  await nodesShowTheLog(cluster, load);
}

async function everyOrderEnded({ query }: TestCluster): Promise<void> {
  const open = await query(`
    select stream, state, (
      select json_agg(concat_ws(' ', to_char(recorded_at, 'MI:SS.MS'), type, data) order by version)
      from events as life where life.stream = newest.stream
    ) as life, (select row_to_json(waiting) from waiting where waiting.stream = newest.stream) as waits, (
      select json_agg(concat_ws(' ', stream, version, position, metadata ->> 'node', type, effects) order by position)
      from events as told where told.data ->> 'orderId' = substr(newest.stream, 7)
    ) as told, (
      select json_agg(row_to_json(letter)) from dead_letters as letter
      where letter.detail::text like '%' || substr(newest.stream, 7) || '%' or letter.stream = newest.stream
    ) as dead from (
      select distinct on (stream) stream, state from events where stream like 'order/%' order by stream, version desc
    ) as newest where state not in ('confirmed', 'cancelled')`);
  expect(open, "not at an end").toEqual([]);
}

async function booksAreInOrder({ databaseUrl }: TestCluster, { acknowledged }: OrderLoad): Promise<void> {
  const requests = [...acknowledged].map((id) => ({ creates: `order/${id}`, outcome: "acknowledged" as const }));
  expect(violationsOf(await readBooks(databaseUrl, { atRest: true, requests }))).toEqual([]);
}

/** What a node counts in memory is what the books say. */
async function nodesShowTheLog({ nodes, query }: TestCluster, { products }: OrderLoad): Promise<void> {
  const held = new Map(
    (await query(`
      select item ->> 'productId' as product, sum((item ->> 'quantity')::int)::int as held
      from order_summaries, json_array_elements(items) as item where status = 'confirmed' group by 1`))
      .map(({ product, held: pieces }) => [product, Number(pieces)]),
  );
  const node = nodes.find(({ isRunning }) => isRunning)!;
  for (const product of products) {
    const reserved = held.get(product) ?? 0;
    expect(await node.client.stock(product)).toEqual({ available: SUPPLY - reserved, reserved });
  }
}
