/** The read model behind the catalogue's list. Prices and names only: how much is on the shelf, the stock actors know. */
import type { ProductListed } from "../../../machines/product/events.ts";
import { refOf } from "../../kernel/ids.ts";
import type { Projection, StoredEvent } from "../../projection/projection.ts";
import { ORDERABLE } from "../catalogue/product.ts";

export const productSummaries: Projection = {
  name: "product_summaries",
  types: ["product"],
  async apply(transaction, events) {
    const created = events.filter(({ version }) => version === 1);
    if (created.length > 0) {
      await transaction.query(
        `insert into product_summaries (id, name, description, price_amount, price_currency, orderable, listed_position)
         select id, name, description, price_amount, price_currency, orderable, listed_position
         from json_to_recordset($1::text::json) as r(
           id text, name text, description text, price_amount bigint, price_currency text, orderable boolean, listed_position bigint)`,
        [JSON.stringify(created.map(summary))],
      );
    }
    const later = new Map(
      events.filter(({ version }) => version > 1).map(({ stream, state }) => [refOf(stream).id, state]),
    );
    if (later.size > 0) {
      await transaction.query(
        `update product_summaries p set orderable = r.orderable
         from json_to_recordset($1::text::json) as r(id text, orderable boolean)
         where p.id = r.id`,
        [JSON.stringify([...later].map(([id, state]) => ({ id, orderable: state === ORDERABLE })))],
      );
    }
  },
};

function summary({ stream, data, state, position }: StoredEvent) {
  const { name, description, price } = JSON.parse(data) as ProductListed;
  return {
    id: refOf(stream).id,
    name,
    description: description ?? null,
    price_amount: price.amount,
    price_currency: price.currency,
    orderable: state === ORDERABLE,
    listed_position: position,
  };
}
