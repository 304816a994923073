-- migrate:up
-- Positions are drawn from a sequence, still under the append lock, so that a group without conflicts is appended by one
-- plain statement (src/store/postgres/quick-append.ts), which cannot look the last one up: its snapshot may be older
-- than the lock. After a rollback there may be gaps, which no reader minds.
create sequence event_positions owned by events.position;

-- What nodes do that connect to append: a log that was restored without its sequence, or from another moment, would
-- give positions that readers have passed.
create function catch_up_positions() returns void language plpgsql volatile
as $$
begin
  perform pg_advisory_xact_lock(7264190358);
  perform setval('event_positions', 1 + greatest(
    (select last_value - (not is_called)::integer from event_positions),
    (select position from events order by position desc limit 1)
  ), false);
end $$;

select catch_up_positions();

-- As before, but for where positions come from.
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

  position_before := (select last_value - (not is_called)::integer from event_positions);
  insert into events (position, recorded_at, version, stream, type, data, state, effects, snapshot_hash, metadata, append_id)
  select position_before + n, committed_at, event.version, event.stream, event.type, event.data::json,
    coalesce(event.state, ''), event.effects::json, event.hash, event.metadata::json, this_append
  from unnest(
    event_runs, event_versions, string_to_array(event_streams, separator), string_to_array(event_types, separator),
    string_to_array(event_data, separator), string_to_array(event_states, separator),
    string_to_array(event_effects, separator, ''), string_to_array(event_hashes, separator), string_to_array(event_metadata, separator)
  ) with ordinality as event (run, version, stream, type, data, state, effects, hash, metadata, n)
  where refused = '{}' or (event.run = any (refused)) is not true;

  if found then
    -- What was left out has left gaps.
    done := setval('event_positions', position_before + cardinality(event_runs))::text;
  end if;
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

-- For nodes of the version before, which call it for a single event.
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
) returns text language sql volatile
as $$
  select case when left_out is null then position_before + 1 || ' ' || committed_at end
  from append_runs(
    this_node, this_append, tell_readers, of_stream, array[expected], array[due_at], array[due_in_ms],
    array[coalesce(busy, false)], coalesce(open, ''), array[1], array[expected + 1], of_stream, type, data, state,
    coalesce(effects, ''), hash, metadata, '{}', '{}', '', '', '', ''
  )
$$;

drop function append_events;

-- migrate:down
do $$ begin raise exception 'Forward only: a node of the version before would draw positions that were given already'; end $$;
