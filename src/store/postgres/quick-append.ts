/**
 * The quick way to append a group: one plain statement that stores all of it or nothing. It costs PostgreSQL three
 * quarters of what `append_runs` costs, and leaves everything that needs a second look to that.
 *
 * A statement's snapshot may be older than the append lock that it waits for, so nothing here relies on it:
 *  - that nobody has appended to a stream meanwhile is what its unique key says, and that no request key was taken;
 *  - that a stream is as long as expected can be seen in any snapshot, since that was read, or committed, before;
 *  - positions come from a sequence, drawn once the lock is held.
 */
import type { AppendRun, NewEvent, RunResult } from "../store.ts";
import type { AppendCall } from "./append-call.ts";
import { jsonTexts, type Statement, texts, values } from "./append-columns.ts";

const COLUMNS =
  "position, recorded_at, version, stream, type, data, state, effects, snapshot_hash, metadata, append_id";
const LOCK = "pg_advisory_xact_lock(7264190358)";
const NOW = "date_trunc('milliseconds', clock_timestamp())";
const HINT = "pg_notify('statewright_log', '')";
const REPLACE_ROW = `on conflict (stream) do update
  set due = excluded.due, open = excluded.open, claimed_by = excluded.claimed_by`;

/** NUL and the separator of columns, and what may be an escaped NUL or half a surrogate pair. */
// oxlint-disable-next-line no-control-regex -- those are what is looked for
const SUSPICIOUS = /[\0\x1e]|\\u/;

/**
 * The statement, which answers a row when it has stored the group; undefined when the group is not for it.
 * @throws StatewrightError `INVALID` when a text holds what Postgres cannot keep
 */
export function quickStatement(call: AppendCall, runs: readonly AppendRun[]): Statement | undefined {
  // A run without events has no key that would tell that somebody was first.
  if (runs.some(({ events }) => events.length === 0)) return undefined;
  const [run] = runs;
  const isSingle = runs.length === 1 && run!.events.length === 1 && run!.requestKeys.length === 0;
  return isSingle ? eventStatement(call, run!, run!.events[0]!) : groupStatement(call, runs);
}

/** What the row of a quick statement says of its runs. */
export function quickResults(row: Record<string, unknown>, runs: readonly AppendRun[]): RunResult[] {
  let position = Number(row["first_position"]);
  const recordedAt = (row["recorded_at"] as Date).getTime();
  return runs.map(({ events }) => {
    const firstPosition = position;
    position += events.length;
    return { outcome: "appended", firstPosition, recordedAt };
  });
}

/** One event has a statement of its own: columns of one value would cost half as much again. */
function eventStatement(call: AppendCall, run: AppendRun, event: NewEvent): Statement | undefined {
  const { stream, expectedVersion, waiting } = run;
  const { type, data, state, effects, snapshotHash, metadata } = event;
  const all = `${stream}${type}${data}${state}${effects}${snapshotHash}${metadata}${waiting?.open}`;
  if (SUSPICIOUS.test(all) || !all.isWellFormed()) return undefined;
  const { text, parameters } = rowOfOne(call, run);
  const values = [stream, String(expectedVersion), type, data, state, effects, snapshotHash, metadata];
  return { text, parameters: [...values, call.appendId, call.hint, ...parameters] };
}

const EVENT = `insert into events (${COLUMNS})
  select nextval('event_positions'), ${NOW}, $2::int + 1, $1, $3, $4::text::json, $5, $6::text::json, $7, $8::text::json, $9
  from ${LOCK} as lock
  where $2 = 0 or exists (select from events e where e.stream = $1 and e.version = $2)
  returning position as first_position, recorded_at, case when $10 then ${HINT} end`;
const EVENT_AND_ROW = `with event as (${EVENT}), row as (
  insert into waiting (stream, due, open, claimed_by)
  select $1, ${dueOf("$11::bigint", "$12::bigint")}, $13::text::json, $14::bigint from event ${REPLACE_ROW}
) select * from event`;
const EVENT_AND_NO_ROW = `with event as (${EVENT}), row as (
  delete from waiting where stream = $1 and exists (select from event)
) select * from event`;

function rowOfOne({ node }: AppendCall, { leavesRow, waiting }: AppendRun): Statement {
  if (leavesRow) return { text: EVENT, parameters: [] };
  if (waiting === null) return { text: EVENT_AND_NO_ROW, parameters: [] };
  const { dueAt, dueInMs, open, busy } = waiting;
  return { text: EVENT_AND_ROW, parameters: [textOf(dueAt), textOf(dueInMs), open, busy ? String(node) : null] };
}

function textOf(value: number | null): string | null {
  return value === null ? null : String(value);
}

function groupStatement(call: AppendCall, runs: readonly AppendRun[]): Statement {
  const given = new Parameters();
  const clauses = [
    headOf(call, runs, given),
    eventsOf(call, runs, given),
    writtenRowsOf(call, runs, given),
    removedRowsOf(runs, given),
    requestKeysOf(runs, given),
  ].filter((clause) => clause !== undefined);
  return {
    text: `with ${clauses.join(", ")} select position + 1 as first_position, recorded_at from head`,
    parameters: given.parameters,
  };
}

/** Numbers what is given to a statement. */
class Parameters {
  readonly parameters: (string | boolean)[] = [];

  value(value: string | boolean): string {
    return `$${this.parameters.push(value)}`;
  }

  column(texts: string): string {
    return `string_to_array(${this.value(texts)}, chr(30))`;
  }
}

/** The lock, the place and the time; no row when a stream is shorter than expected. */
function headOf({ hint }: AppendCall, runs: readonly AppendRun[], given: Parameters): string {
  const count = `${given.value(String(runs.reduce((sum, { events }) => sum + events.length, 0)))}::int`;
  const old = runs.filter(({ expectedVersion }) => expectedVersion > 0);
  return `head as materialized (
    select setval('event_positions', nextval('event_positions') + ${count} - 1) - ${count} as position,
      ${NOW} as recorded_at, case when ${given.value(hint)} then ${HINT} end
    from ${LOCK} as lock where not exists (
      select from unnest(
        ${given.column(texts(old, ({ stream }) => stream))},
        ${given.value(values(old, ({ expectedVersion }) => expectedVersion))}::int[]
      ) as run (stream, version)
      where not exists (select from events e where e.stream = run.stream and e.version = run.version)
    )
  )`;
}

function eventsOf({ appendId }: AppendCall, runs: readonly AppendRun[], given: Parameters): string {
  const events = runs.flatMap(({ stream, expectedVersion, events }) =>
    events.map((event, n) => ({ event, stream, version: expectedVersion + n + 1 }))
  );
  return `event as (
    insert into events (${COLUMNS})
    select head.position + n, head.recorded_at, event.version, event.stream, event.type, event.data::json,
      coalesce(event.state, ''), event.effects::json, event.hash, event.metadata::json, ${given.value(appendId)}
    from head, unnest(
      ${given.value(values(events, ({ version }) => version))}::int[],
      ${given.column(texts(events, ({ stream }) => stream))},
      ${given.column(texts(events, ({ event }) => event.type))},
      ${given.column(jsonTexts(events, ({ event }) => event.data))},
      ${given.column(texts(events, ({ event }) => event.state))},
      string_to_array(${given.value(jsonTexts(events, ({ event }) => event.effects))}, chr(30), ''),
      ${given.column(texts(events, ({ event }) => event.snapshotHash))},
      ${given.column(jsonTexts(events, ({ event }) => event.metadata))}
    ) with ordinality as event (version, stream, type, data, state, effects, hash, metadata, n)
  )`;
}

function writtenRowsOf({ node }: AppendCall, runs: readonly AppendRun[], given: Parameters): string | undefined {
  const rows = runs.flatMap(({ stream, leavesRow, waiting }) => leavesRow || !waiting ? [] : [{ ...waiting, stream }]);
  if (rows.length === 0) return undefined;
  return `written as (
    insert into waiting (stream, due, open, claimed_by)
    select row.stream, ${dueOf("row.due_at", "row.due_in_ms")}, row.open::json, row.claimed_by
    from head, unnest(
      ${given.column(texts(rows, ({ stream }) => stream))},
      ${given.value(values(rows, ({ dueAt }) => dueAt))}::bigint[],
      ${given.value(values(rows, ({ dueInMs }) => dueInMs))}::bigint[],
      ${given.column(jsonTexts(rows, ({ open }) => open))},
      ${given.value(values(rows, ({ busy }) => busy ? node : null))}::bigint[]
    ) as row (stream, due_at, due_in_ms, open, claimed_by) ${REPLACE_ROW}
  )`;
}

function removedRowsOf(runs: readonly AppendRun[], given: Parameters): string | undefined {
  const done = runs.filter(({ leavesRow, waiting }) => !leavesRow && waiting === null);
  if (done.length === 0) return undefined;
  const streams = given.column(texts(done, ({ stream }) => stream));
  return `removed as (delete from waiting where stream = any(${streams}) and exists (select from head))`;
}

function requestKeysOf(runs: readonly AppendRun[], given: Parameters): string | undefined {
  const keys = runs.flatMap(({ stream, expectedVersion, requestKeys }) =>
    requestKeys.map((key) => ({ ...key, stream, version: expectedVersion + key.eventIndex + 1 }))
  );
  if (keys.length === 0) return undefined;
  return `answered as (
    insert into request_keys (principal, operation, key, stream, version, request_hash, recorded_at)
    select coalesce(key.principal, ''), key.operation, key.key, key.stream, key.version, key.hash, head.recorded_at
    from head, unnest(
      ${given.column(texts(keys, ({ principal }) => principal))},
      ${given.column(texts(keys, ({ operation }) => operation))},
      ${given.column(texts(keys, ({ key }) => key))},
      ${given.column(texts(keys, ({ stream }) => stream))},
      ${given.value(values(keys, ({ version }) => version))}::int[],
      ${given.column(texts(keys, ({ requestHash }) => requestHash))}
    ) as key (principal, operation, key, stream, version, hash)
  )`;
}

/** The earlier of two timers: a moment in ms, and a delay in ms from the commit. */
function dueOf(dueAt: string, dueInMs: string): string {
  return `least('epoch'::timestamptz + ${dueAt} * interval '1 ms', recorded_at + ${dueInMs} * interval '1 ms')`;
}
