/** The read model behind lists of orders. One row an order: what it was placed with, and where it stands now. */
import type { OrderPlaced } from "../../../machines/order/events.ts";
import { refOf } from "../../kernel/ids.ts";
import type { Projection, StoredEvent, Transaction } from "../../projection/projection.ts";
import { meaningOfState } from "../orders/order-states.ts";

export const orderSummaries: Projection = {
  name: "order_summaries",
  types: ["order"],
  async apply(transaction, events) {
    // Within a batch only an order's last event can be seen afterwards, so one row each is written once.
    const placed = new Map<string, StoredEvent>();
    const latest = new Map<string, StoredEvent>();
    for (const event of events) {
      if (event.version === 1) placed.set(event.stream, event);
      latest.set(event.stream, event);
    }
    await insertPlaced(
      transaction,
      [...placed.values()].map((event) => ({ ...placement(event), ...standing(latest.get(event.stream)!) })),
    );
    await updateOthers(transaction, [...latest.values()].filter(({ stream }) => !placed.has(stream)).map(standing));
  },
};

function placement({ data, recordedAt, position }: StoredEvent) {
  const { customerId, items, total } = JSON.parse(data) as OrderPlaced;
  return {
    customer_id: customerId,
    items,
    total_amount: total.amount,
    total_currency: total.currency,
    created_at: new Date(recordedAt).toISOString(),
    placed_position: position,
  };
}

function standing({ stream, version, state, recordedAt }: StoredEvent) {
  return {
    id: refOf(stream).id,
    status: meaningOfState(state).status,
    state,
    version,
    updated_at: new Date(recordedAt).toISOString(),
  };
}

async function insertPlaced(transaction: Transaction, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return;
  await transaction.query(
    `insert into order_summaries
       (id, customer_id, items, total_amount, total_currency, status, state, version, created_at, updated_at, placed_position)
     select id, customer_id, items, total_amount, total_currency, status, state, version, created_at, updated_at, placed_position
     from json_to_recordset($1::text::json) as r(
       id text, customer_id text, items json, total_amount bigint, total_currency text, status text, state text,
       version integer, created_at timestamptz, updated_at timestamptz, placed_position bigint)`,
    [JSON.stringify(rows)],
  );
}

async function updateOthers(transaction: Transaction, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return;
  await transaction.query(
    `update order_summaries o
     set status = r.status, state = r.state, version = r.version, updated_at = r.updated_at
     from json_to_recordset($1::text::json) as r(id text, status text, state text, version integer, updated_at timestamptz)
     where o.id = r.id`,
    [JSON.stringify(rows)],
  );
}
