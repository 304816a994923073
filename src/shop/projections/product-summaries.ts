/** The read model behind the catalogue's list. Prices and names only: how much is on the shelf, the stock actors know. */
import type { ProductEvent, ProductListed } from "../../../machines/product/events.ts";
import type { Projection, StoredEvent } from "../../projection/projection.ts";
import { ORDERABLE } from "../catalogue/product.ts";
import { type ActorChange, byActor, changed, standingOf } from "./by-actor.ts";

export const productSummaries: Projection = {
  name: "product_summaries",
  types: ["product"],
  tables: ["product_summaries"],
  async apply(transaction, events) {
    const products = byActor(events, changesOf);
    const listed = products.flatMap((product) => product.created ? [listing(product, product.created)] : []);
    if (listed.length > 0) {
      await transaction.query(
        `insert into product_summaries (${COLUMNS}) select ${COLUMNS} from json_to_recordset($1::text::json) as r(
           id text, name text, description text, price_amount bigint, price_currency text, orderable boolean,
           version integer, created_at timestamptz, updated_at timestamptz, listed_position bigint)`,
        [JSON.stringify(listed)],
      );
    }
    const others = products.filter(({ created }) => created === undefined);
    if (others.length > 0) {
      await transaction.query(
        `update product_summaries t
         set orderable = r.orderable, version = r.version, updated_at = r.updated_at,
           name = ${changed("name", "name")}, description = ${changed("description", "description")},
           price_amount = coalesce((r.changes->'price'->>'amount')::bigint, t.price_amount),
           price_currency = coalesce(r.changes->'price'->>'currency', t.price_currency)
         from json_to_recordset($1::text::json) as r(
           id text, orderable boolean, version integer, updated_at timestamptz, changes json)
         where t.id = r.id`,
        [JSON.stringify(others.map(standing))],
      );
    }
  },
};

const COLUMNS = `id, name, description, price_amount, price_currency, orderable, version, created_at, updated_at,
  listed_position`;

function changesOf({ type, data }: StoredEvent): object {
  switch (type as ProductEvent["type"]) {
    case "ProductReplaced":
      return { description: null, ...JSON.parse(data) as object };
    case "ProductChanged":
      return JSON.parse(data) as object;
    default:
      return {};
  }
}

function standing(product: ActorChange) {
  return { ...standingOf(product), orderable: product.latest.state === ORDERABLE, changes: product.changes };
}

function listing(product: ActorChange, { data, position, recordedAt }: StoredEvent) {
  const { changes, ...row } = standing(product);
  const { name, description, price } = { ...JSON.parse(data) as ProductListed, ...changes };
  return {
    ...row,
    name,
    description,
    price_amount: price.amount,
    price_currency: price.currency,
    created_at: new Date(recordedAt).toISOString(),
    listed_position: position,
  };
}
