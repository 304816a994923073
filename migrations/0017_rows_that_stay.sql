-- migrate:up
-- What an actor waits for was replaced by each of its events, which was half of what an append cost. Now the row of an
-- actor without work under way stays as it is while it makes somebody look early enough: an unclaimed row is due no
-- later than the actor's earliest timer, and may tell of timers and children that are over. The node that appends brings
-- it up to date once the actor is quiet, and so does whoever looks and finds no timer due.
--
-- `busy` is null for a run without events, whose row is to be exact; else both are called as before.

create or replace function append_runs(
  this_node bigint,
  this_append text,
  tell_readers boolean,
  run_streams text,
  run_versions integer[],
  run_due_at bigint[],
  run_due_in_ms bigint[],
  run_busy boolean[],
  run_open text,
  event_runs integer[],
  event_versions integer[],
  event_streams text,
  event_types text,
  event_data text,
  event_states text,
  event_effects text,
  event_hashes text,
  event_metadata text,
  key_runs integer[],
  key_versions integer[],
  key_principals text,
  key_operations text,
  key_texts text,
  key_hashes text,
  out position_before bigint,
  out committed_at timestamptz,
  out left_out json
) language plpgsql volatile
as $$
declare
  separator constant text := chr(30);
  streams constant text[] := string_to_array(run_streams, separator);
  conflicting bigint[];
  taken bigint[] := '{}';
  refused bigint[];
  done text;
begin
  -- From here to the commit this is the only append. Each statement below sees all that was committed before the lock
  -- was got, since a volatile function's statements take a snapshot each; and the positions are drawn under the lock,
  -- so that no reader can meet a position and later find a lower one.
  done := pg_advisory_xact_lock(7264190358)::text;
  committed_at := date_trunc('milliseconds', clock_timestamp());
  position_before := coalesce((select position from events order by position desc limit 1), 0);

  if cardinality(streams) <> cardinality(run_versions) then
    raise exception 'a stream holds the separator' using errcode = 'invalid_parameter_value';
  end if;

  conflicting := array(
    select run from unnest(streams, run_versions) with ordinality as expected (stream, version, run)
    where expected.version <> coalesce((select e.version from events e where e.stream = expected.stream order by e.version desc limit 1), 0)
  );
  if cardinality(key_runs) > 0 then
    taken := array(
      select given.run
      from unnest(key_runs, string_to_array(key_principals, separator), string_to_array(key_operations, separator), string_to_array(key_texts, separator))
        as given (run, principal, operation, key)
      join request_keys k on (k.principal, k.operation, k.key) = (coalesce(given.principal, ''), given.operation, given.key)
      where k.recorded_at > committed_at - interval '24 hours' and given.run <> all (conflicting)
    );
  end if;
  refused := conflicting || taken;

  insert into events (position, recorded_at, version, stream, type, data, state, effects, snapshot_hash, metadata, append_id)
  select position_before + n, committed_at, event.version, event.stream, event.type, event.data::json,
    coalesce(event.state, ''), event.effects::json, event.hash, event.metadata::json, this_append
  from unnest(
    event_runs, event_versions, string_to_array(event_streams, separator), string_to_array(event_types, separator),
    string_to_array(event_data, separator), string_to_array(event_states, separator),
    string_to_array(event_effects, separator, ''), string_to_array(event_hashes, separator), string_to_array(event_metadata, separator)
  ) with ordinality as event (run, version, stream, type, data, state, effects, hash, metadata, n)
  where refused = '{}' or (event.run = any (refused)) is not true;

  if found and tell_readers then
    done := pg_notify('statewright_log', '')::text;
  end if;

  merge into waiting
  using (
    select stream, open, case when busy then this_node end as claimed_by, busy is false as may_stay,
      least('epoch'::timestamptz + due_at * interval '1 ms', committed_at + due_in_ms * interval '1 ms') as due
    from unnest(streams, run_due_at, run_due_in_ms, run_busy, string_to_array(run_open, separator, ''))
      with ordinality as given (stream, due_at, due_in_ms, busy, open, run)
    where refused = '{}' or (run = any (refused)) is not true
  ) as given
  on waiting.stream = given.stream
  when matched and given.open is null then delete
  when matched and given.may_stay and waiting.claimed_by is null and waiting.due <= coalesce(given.due, waiting.due) then do nothing
  when matched then update set due = given.due, open = given.open::json, claimed_by = given.claimed_by
  when not matched and given.open is not null then
    insert (stream, due, open, claimed_by) values (given.stream, given.due, given.open::json, given.claimed_by);

  if cardinality(key_runs) > 0 then
    insert into request_keys as k (principal, operation, key, stream, version, request_hash, recorded_at)
    select coalesce(principal, ''), operation, key, streams[run], version, hash, committed_at
    from unnest(
      key_runs, key_versions, string_to_array(key_principals, separator), string_to_array(key_operations, separator),
      string_to_array(key_texts, separator), string_to_array(key_hashes, separator)
    ) as given (run, version, principal, operation, key, hash)
    where (run = any (refused)) is not true
    on conflict (principal, operation, key) do update
    set stream = excluded.stream, version = excluded.version, request_hash = excluded.request_hash, recorded_at = excluded.recorded_at;
  end if;

  -- A run that stands in the log already under this very append id was stored by an earlier try of this call.
  if refused <> '{}' then
    left_out := (
      select json_agg(json_build_object(
        'run', run,
        'outcome', case when e.position is not null then 'appended' when run = any (conflicting) then 'conflict' else 'keyTaken' end,
        'position', e.position,
        'recordedAt', e.recorded_at
      ))
      from (select distinct run from unnest(refused) as run) as refused_run
      left join events e on e.stream = streams[run] and e.version = run_versions[run] + 1 and e.append_id = this_append
    );
  end if;
end $$;

create or replace function append_event(
  this_node bigint,
  this_append text,
  tell_readers boolean,
  of_stream text,
  expected integer,
  due_at bigint,
  due_in_ms bigint,
  busy boolean,
  open text,
  type text,
  data text,
  state text,
  effects text,
  hash text,
  metadata text
) returns text language plpgsql volatile
as $$
#variable_conflict use_variable
declare
  -- As in append_runs: whatever comes after sees all that was committed before.
  done text := pg_advisory_xact_lock(7264190358)::text;
  placed bigint;
  committed_at timestamptz;
  next_due timestamptz;
  looked_at timestamptz;
begin
  insert into events as e (position, recorded_at, version, stream, type, data, state, effects, snapshot_hash, metadata, append_id)
  select coalesce((select l.position from events l order by l.position desc limit 1), 0) + 1,
    date_trunc('milliseconds', clock_timestamp()), expected + 1, of_stream, type,
    data::json, state, effects::json, hash, metadata::json, this_append
  where expected = coalesce((select s.version from events s where s.stream = of_stream order by s.version desc limit 1), 0)
  returning e.position, e.recorded_at, (select w.due from waiting w where w.stream = of_stream and w.claimed_by is null)
  into placed, committed_at, looked_at;
  if placed is null then
    return null;
  end if;

  if tell_readers then
    done := pg_notify('statewright_log', '')::text;
  end if;

  next_due := least('epoch'::timestamptz + due_at * interval '1 ms', committed_at + due_in_ms * interval '1 ms');
  if open is null then
    if expected > 0 then
      delete from waiting w where w.stream = of_stream;
    end if;
  elsif busy or (looked_at <= coalesce(next_due, looked_at)) is not true then
    insert into waiting as w (stream, due, open, claimed_by)
    values (of_stream, next_due, open::json, case when busy then this_node end)
    on conflict (stream) do update set due = excluded.due, open = excluded.open, claimed_by = excluded.claimed_by;
  end if;
  return placed || ' ' || committed_at;
end $$;

-- migrate:down
do $$ begin raise exception 'Forward only: nodes that run this version rely on rows that stay'; end $$;
