/** Reading the log. */
import type { AnsweredRequest, EventLog, StoredEvent } from "../store.ts";
import type { Query } from "./connection.ts";

const COLUMNS = `position, stream, version, type, data::text as data, state, effects::text as effects, snapshot_hash,
  metadata::text as metadata, recorded_at`;

export function createEventReader(query: Query): Omit<EventLog, "append"> {
  return {
    async read(stream, { fromVersion = 1, limit = 1_000 } = {}) {
      const rows = await query(
        `select ${COLUMNS} from events where stream = $1 and version >= $2 order by version limit $3`,
        [stream, fromVersion, limit],
      );
      return rows.map(eventOf);
    },

    // One statement, so that the waiting row belongs to the last of these events.
    async load(stream, fromVersion) {
      const rows = await query(
        `select ${COLUMNS}, null as open from events where stream = $1 and version >= $2
         union all
         select null, null, null, null, null, null, null, null, null, null, open::text from waiting where stream = $1
         order by version`,
        [stream, fromVersion],
      );
      const events = rows.filter(({ version }) => version !== null).map(eventOf);
      const open = rows.find(({ version }) => version === null)?.["open"];
      return { events, open: open === undefined ? null : String(open) };
    },

    async readAll({ after, limit }) {
      const rows = await query(`select ${COLUMNS} from events where position > $1 order by position limit $2`, [
        after,
        limit,
      ]);
      return rows.map(eventOf);
    },

    async head() {
      const [row] = await query("select coalesce(max(position), 0) as head from events");
      return Number(row!["head"]);
    },

    async findMessage(stream, messageId) {
      const [row] = await query(
        `select ${COLUMNS} from events where stream = $1 and metadata->>'id' = $2 order by version limit 1`,
        [stream, messageId],
      );
      return row && eventOf(row);
    },

    async findRequest({ principal, operation, key }) {
      const [row] = await query(
        `select stream, version, request_hash as "requestHash" from request_keys
         where principal = $1 and operation = $2 and key = $3 and recorded_at > now() - interval '24 hours'`,
        [principal, operation, key],
      );
      return row as AnsweredRequest | undefined;
    },
  };
}

function eventOf(row: Record<string, unknown>): StoredEvent {
  return {
    position: Number(row["position"]),
    stream: row["stream"] as string,
    version: row["version"] as number,
    type: row["type"] as string,
    data: row["data"] as string,
    state: row["state"] as string,
    effects: row["effects"] as string | null,
    snapshotHash: row["snapshot_hash"] as string,
    metadata: row["metadata"] as string,
    recordedAt: (row["recorded_at"] as Date).getTime(),
  };
}
