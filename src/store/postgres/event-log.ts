/** Reading the log. */
import type { AnsweredRequest, EventLog, StoredEvent } from "../store.ts";
import type { Query } from "./connection.ts";

/** The columns of {@link eventOf}. */
export const COLUMNS =
  `position, stream, version, type, data::text as data, state, effects::text as effects, snapshot_hash,
  metadata::text as metadata, recorded_at`;

export function createEventReader(query: Query): Omit<EventLog, "append" | "load" | "saveSnapshot"> {
  return {
    async read(stream, { fromVersion = 1, limit = 1_000 } = {}) {
      const rows = await query(
        `select ${COLUMNS} from events where stream = $1 and version >= $2 order by version limit $3`,
        [stream, fromVersion, limit],
      );
      return rows.map(eventOf);
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

    async positionAt(time) {
      // Times rise with positions, so the place is found by halving.
      const first = `select position, recorded_at from events where position >= $1 order by position limit 1`;
      let [before, after] = [0, (await this.head()) + 1];
      while (after - before > 1) {
        const middle = Math.floor((before + after) / 2);
        const [row] = await query(first, [middle]);
        if (row !== undefined && (row["recorded_at"] as Date).getTime() < time) before = Number(row["position"]);
        else after = middle;
      }
      return before;
    },

    async findMessage(stream, messageId, fromVersion) {
      // To look for the text first spares parsing nearly every row.
      const [row] = await query(
        `select ${COLUMNS} from events where stream = $1 and version >= $2
           and strpos(metadata::text, $3) > 0 and metadata->>'id' = $4
         order by version limit 1`,
        [stream, fromVersion, JSON.stringify(messageId).slice(1, -1), messageId],
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

export function eventOf(row: Record<string, unknown>): StoredEvent {
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
