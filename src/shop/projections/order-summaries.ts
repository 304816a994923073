/** The read model behind lists of orders. One row an order: what it was placed with, and where it stands now. */
import type { OrderEvent, OrderPlaced } from "../../../machines/order/events.ts";
import type { Projection, StoredEvent, Transaction } from "../../projection/projection.ts";
import { meaningOfState } from "../orders/order-states.ts";
import { type ActorChange, byActor, changed, standingOf } from "./by-actor.ts";

export const orderSummaries: Projection = {
  name: "order_summaries",
  types: ["order"],
  tables: ["order_summaries"],
  async apply(transaction, events) {
    const orders = byActor(events, changesOf);
    await insertPlaced(transaction, orders.flatMap((order) => order.created ? [placement(order, order.created)] : []));
    await updateOthers(transaction, orders.filter(({ created }) => created === undefined).map(standing));
  },
};

function changesOf({ type, data }: StoredEvent): object {
  switch (type as OrderEvent["type"]) {
    case "ShippingAddressChanged":
    case "OrderShipped":
      return JSON.parse(data) as object;
    default:
      return {};
  }
}

function standing(order: ActorChange) {
  const { state } = order.latest;
  return { ...standingOf(order), state, status: meaningOfState(state).status, changes: order.changes };
}

function placement(order: ActorChange, { data, recordedAt, position }: StoredEvent) {
  const { customerId, items, total, shippingAddress } = JSON.parse(data) as OrderPlaced;
  const { changes, ...row } = standing(order);
  return {
    ...row,
    customer_id: customerId,
    items,
    shipping_address: changes["shippingAddress"] ?? shippingAddress,
    tracking_number: changes["trackingNumber"],
    total_amount: total.amount,
    total_currency: total.currency,
    created_at: new Date(recordedAt).toISOString(),
    placed_position: position,
  };
}

const COLUMNS = `id, customer_id, items, shipping_address, tracking_number, total_amount, total_currency, status, state,
  version, created_at, updated_at, placed_position`;

async function insertPlaced(transaction: Transaction, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return;
  await transaction.query(
    `insert into order_summaries (${COLUMNS}) select ${COLUMNS} from json_to_recordset($1::text::json) as r(
       id text, customer_id text, items json, shipping_address json, tracking_number text, total_amount bigint,
       total_currency text, status text, state text, version integer, created_at timestamptz, updated_at timestamptz,
       placed_position bigint)`,
    [JSON.stringify(rows)],
  );
}

async function updateOthers(transaction: Transaction, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return;
  await transaction.query(
    `update order_summaries t
     set status = r.status, state = r.state, version = r.version, updated_at = r.updated_at,
       shipping_address = coalesce(r.changes->'shippingAddress', t.shipping_address),
       tracking_number = ${changed("tracking_number", "trackingNumber")}
     from json_to_recordset($1::text::json) as r(
       id text, status text, state text, version integer, updated_at timestamptz, changes json)
     where t.id = r.id`,
    [JSON.stringify(rows)],
  );
}
