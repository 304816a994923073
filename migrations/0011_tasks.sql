-- migrate:up
-- Work that is nobody's actor, where no broker keeps it. A row is claimed by moving its due time on: whoever does not
-- answer in time has lost it to the next.
create table task_queues (
  name text primary key
);

create sequence task_claims;

create table tasks (
  seq bigint generated always as identity primary key,
  queue text not null,
  id text not null,
  round integer not null,
  priority text not null check (priority in ('high', 'normal', 'low')),
  body json not null,
  -- Times that it was handed out.
  attempts integer not null default 0,
  enqueued_at timestamptz not null default clock_timestamp(),
  -- When it may be handed out, for the first time or again.
  due_at timestamptz not null,
  -- Names the last handing out; null: it waits.
  claim bigint,
  -- A task that is done stays for a while, to know its duplicates.
  done_at timestamptz,
  unique (queue, id, round)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

create index tasks_to_do on tasks (queue, priority, due_at) where done_at is null;
create index tasks_done on tasks (done_at) where done_at is not null;

create table dead_tasks (
  number bigint generated always as identity primary key,
  queue text not null,
  id text not null,
  priority text not null,
  body json not null,
  reason text not null,
  attempts integer not null,
  enqueued_at timestamptz not null,
  died_at timestamptz not null default clock_timestamp(),
  unique (queue, id)
);

create index dead_tasks_by_queue on dead_tasks (queue, number);

-- Hands out up to `wanted` tasks of the first of these priorities that has some, and so on, but never so many that more
-- than `prefetch` of one priority are out. One caller of a queue at a time, so that the count is right; each statement
-- of a volatile function sees what was committed before it.
create function take_tasks(of_queue text, priorities text, wanted integer, prefetch integer, ack_wait_ms integer)
returns table (seq bigint, id text, priority text, body text, attempts integer, claim bigint)
language plpgsql volatile as $$
declare
  lane text;
  room integer;
  taken integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('statewright.tasks/' || of_queue, 0));
  foreach lane in array string_to_array(priorities, ',') loop
    exit when wanted <= 0;
    select prefetch - count(*) into room from tasks t
      where t.queue = of_queue and t.priority = lane and t.done_at is null and t.due_at > clock_timestamp()
        and t.claim is not null;
    return query
      with due as (
        select t.seq from tasks t
          where t.queue = of_queue and t.priority = lane and t.done_at is null and t.due_at <= clock_timestamp()
          order by t.due_at, t.seq limit greatest(0, least(wanted, room)) for update skip locked
      )
      update tasks t set attempts = t.attempts + 1, claim = nextval('task_claims'),
          due_at = clock_timestamp() + ack_wait_ms * interval '1 millisecond'
        from due where t.seq = due.seq
        returning t.seq, t.id, t.priority, t.body::text, t.attempts, t.claim;
    get diagnostics taken = row_count;
    wanted := wanted - taken;
  end loop;
end $$;

-- migrate:down
do $$ begin raise exception 'Forward only: no migration throws tasks away'; end $$;
