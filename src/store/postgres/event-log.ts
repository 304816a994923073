/** Reading the log. */
import type { AnsweredRequest, EventLog, StoredEvent } from "../store.ts";
import type { Query } from "./connection.ts";

/** Between the columns of {@link EVENT}: no event holds it, since calls that append use it too. */
const SEPARATOR = "\x1e";

/**
 * One row of `events` as one text, for {@link eventOf}: the driver takes longer over a column than over what is in it.
 * No effects are an empty text.
 */
export const EVENT =
  `concat_ws(chr(30), position, events.stream, version, type, data, state, coalesce(effects::text, ''), snapshot_hash,
  metadata, date_part('epoch', recorded_at)) as event`;

export function createEventReader(query: Query): Omit<EventLog, "append" | "load" | "saveSnapshot"> {
  return {
    async read(stream, { fromVersion = 1, limit = 1_000 } = {}) {
      const rows = await query(
        `select ${EVENT} from events where stream = $1 and version >= $2 order by version limit $3`,
        [stream, fromVersion, limit],
      );
      return rows.map(eventOf);
    },

    async readAll({ after, limit }) {
      const rows = await query(`select ${EVENT} from events where position > $1 order by position limit $2`, [
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
        `select ${EVENT} from events where stream = $1 and version >= $2
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
  const [position, stream, version, type, data, state, effects, snapshotHash, metadata, recordedAt] = split(
    row["event"],
  );
  return {
    position: Number(position),
    stream,
    version: Number(version),
    type,
    data,
    state,
    effects: effects === "" ? null : effects,
    snapshotHash,
    metadata,
    recordedAt: Math.round(Number(recordedAt) * 1_000),
  };
}

type Columns = [string, string, string, string, string, string, string, string, string, string];

function split(event: unknown): Columns {
  return (event as string).split(SEPARATOR) as Columns;
}
