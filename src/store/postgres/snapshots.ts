/** Waking actors up: snapshots, and everything that is read with them. */
import type { EventLog } from "../store.ts";
import type { Query } from "./connection.ts";
import { EVENT, eventOf } from "./event-log.ts";
import { waitingOf } from "./node-registry.ts";

const IS_FIRST = "version is null or version = coalesce(snapshot_version, 1)";

/** One row an event, the first of them with what there is once for the actor; an empty one when it has none. */
const LOAD = `
  with wanted as (select $1::text as wanted_stream),
    snapshot as (select version as snapshot_version, body from snapshots where stream = $1 and machine = $2)
  select ${EVENT}, snapshot_version, case when ${IS_FIRST} then body end as body,
    case when ${IS_FIRST} then open::text end as open, case when ${IS_FIRST} then due end as due
  from wanted
  left join snapshot on true
  left join waiting on waiting.stream = $1
  left join events on events.stream = $1 and version >= coalesce(snapshot_version, 1)
  order by version`;

export function createSnapshots(query: Query): Pick<EventLog, "load" | "saveSnapshot"> {
  return {
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
      const events = head["event"] === "" ? [] : rows.map(eventOf);
      return { snapshot, events, waiting: head["open"] === null ? undefined : waitingOf({ ...head, stream }) };
    },

    async saveSnapshot({ stream, version, machine, body }) {
      await query(
        `insert into snapshots (stream, version, machine, body) values ($1, $2, $3, $4)
         on conflict (stream) do update set version = excluded.version, machine = excluded.machine, body = excluded.body`,
        [stream, version, machine, body],
      );
    },
  };
}
