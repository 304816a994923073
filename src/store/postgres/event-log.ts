/** Reading the log. */
import type { AnsweredRequest, EventLog, StoredEvent } from "../store.ts";
import type { Query } from "./connection.ts";

const COLUMNS = `position, stream, version, type, data::text as data, state, effects::text as effects, snapshot_hash,
  metadata::text as metadata, recorded_at`;

/** One row an event, the first of them with what there is once for the actor; one row of nulls when it has no event. */
const LOAD = `
  with wanted as (select $1::text as wanted_stream),
    snapshot as (select version as snapshot_version, body from snapshots where stream = $1 and machine = $2)
  select ${COLUMNS.replace("stream,", "e.stream,")}, snapshot_version,
    case when version is null or version = coalesce(snapshot_version, 1) then body end as body,
    case when version is null or version = coalesce(snapshot_version, 1)
      then (select w.open::text from waiting w where w.stream = $1) end as open
  from wanted
  left join snapshot on true
  left join events e on e.stream = $1 and e.version >= coalesce(snapshot_version, 1)
  order by version`;

export function createEventReader(query: Query): Omit<EventLog, "append"> {
  return {
    async read(stream, { fromVersion = 1, limit = 1_000 } = {}) {
      const rows = await query(
        `select ${COLUMNS} from events where stream = $1 and version >= $2 order by version limit $3`,
        [stream, fromVersion, limit],
      );
      return rows.map(eventOf);
    },

    // One statement, so that the snapshot, the events and the waiting row are of one moment.
    async load(stream, machine) {
      const rows = await query(LOAD, [stream, machine]);
      const head = rows[0]!;
      const snapshot = head["snapshot_version"] === null ? undefined : {
        stream,
        machine: machine!,
        version: head["snapshot_version"] as number,
        body: head["body"] as string,
      };
      const events = head["version"] === null ? [] : rows.map(eventOf);
      return { snapshot, events, open: head["open"] as string | null };
    },

    async saveSnapshot({ stream, version, machine, body }) {
      await query(
        `insert into snapshots (stream, version, machine, body) values ($1, $2, $3, $4)
         on conflict (stream) do update set version = excluded.version, machine = excluded.machine, body = excluded.body`,
        [stream, version, machine, body],
      );
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
