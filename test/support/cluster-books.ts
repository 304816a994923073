/** What must be true of a whole cluster once it has come to rest: the books of all its parts are compared. */
import { expect } from "vitest";
import type { TestCluster } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { type OrderLoad, SUPPLY } from "./order-load.ts";

/** What nobody took up ends by its own time-out, the longest of which is the payment's: two minutes. */
const REST_WITHIN_MS = 150_000;

/** Waits until every order has come to its end, and then compares the books. */
export async function checkBooks(cluster: TestCluster, load: OrderLoad): Promise<void> {
  await eventually(() => everyOrderEnded(cluster), REST_WITHIN_MS);
  await eventually(() => projectionsAreTheFold(cluster), 20_000);
  await logIsWhole(cluster);
  const orders = await cluster.query("select id, status, items from order_summaries");
  const known = new Set(orders.map(({ id }) => id));
  expect([...load.acknowledged].filter((id) => !known.has(id)), "acknowledged and lost").toEqual([]);
  await moneyAddsUp(cluster);
  await stockAddsUp(cluster, load);
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

async function projectionsAreTheFold({ query }: TestCluster): Promise<void> {
  const wrong = await query(`
    select newest.stream, newest.state, s.state as shown from (
      select distinct on (stream) stream, version, state from events where stream like 'order/%'
      order by stream, version desc
    ) as newest
    left join order_summaries s on 'order/' || s.id = newest.stream
    where s.version is distinct from newest.version or s.state is distinct from newest.state`);
  expect(wrong, "order_summaries is not the fold of the log").toEqual([]);
}

async function logIsWhole({ query }: TestCluster): Promise<void> {
  const holes = await query(`
    select stream from events group by stream
    having min(version) <> 1 or max(version) <> count(*) or count(distinct version) <> count(*)`);
  expect(holes, "streams with holes").toEqual([]);
  // Within a stream, later versions stand at later positions.
  const disorder = await query(`
    select stream, version from (
      select stream, version, position, lag(position) over (partition by stream order by version) as before from events
    ) as ordered where position <= before`);
  expect(disorder, "versions out of order").toEqual([]);
}

/** The provider's own ledger holds one capture for each confirmed order, and none for any other. */
async function moneyAddsUp({ query }: TestCluster): Promise<void> {
  const captured = await query(
    "select order_id as id from demo_provider.charges where status = 'captured' order by order_id",
  );
  const confirmed = await query("select id from order_summaries where status = 'confirmed' order by id");
  expect(captured).toEqual(confirmed);
}

async function stockAddsUp({ nodes, query }: TestCluster, { products }: OrderLoad): Promise<void> {
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
