/** The read model behind lists of customers. */
import type { Projection, StoredEvent } from "../../projection/projection.ts";
import { type ActorChange, byActor, changed, standingOf } from "./by-actor.ts";

export const customerSummaries: Projection = {
  name: "customer_summaries",
  types: ["customer"],
  tables: ["customer_summaries"],
  async apply(transaction, events) {
    const customers = byActor(events, ({ data }) => JSON.parse(data) as object);
    const registered = customers.flatMap((customer) =>
      customer.created ? [registration(customer, customer.created)] : []
    );
    if (registered.length > 0) {
      await transaction.query(
        `insert into customer_summaries (${COLUMNS}) select ${COLUMNS} from json_to_recordset($1::text::json) as r(
           id text, name text, email text, username text, bio text, address json, version integer,
           created_at timestamptz, updated_at timestamptz, registered_position bigint)`,
        [JSON.stringify(registered)],
      );
    }
    const others = customers.filter(({ created }) => created === undefined);
    if (others.length > 0) {
      await transaction.query(
        `update customer_summaries t
         set version = r.version, updated_at = r.updated_at,
           name = ${changed("name", "name")}, email = ${changed("email", "email")},
           username = ${changed("username", "username")}, bio = ${changed("bio", "bio")},
           address = (${changed("address::text", "address")})::json
         from json_to_recordset($1::text::json) as r(id text, version integer, updated_at timestamptz, changes json)
         where t.id = r.id`,
        [JSON.stringify(others.map((customer) => ({ ...standingOf(customer), changes: customer.changes })))],
      );
    }
  },
};

const COLUMNS = "id, name, email, username, bio, address, version, created_at, updated_at, registered_position";

function registration(customer: ActorChange, { data, position, recordedAt }: StoredEvent) {
  return {
    username: null,
    bio: null,
    address: null,
    ...JSON.parse(data) as object,
    ...customer.changes,
    ...standingOf(customer),
    created_at: new Date(recordedAt).toISOString(),
    registered_position: position,
  };
}
