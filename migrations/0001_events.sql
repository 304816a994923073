-- migrate:up
-- The log. An event is a fact: it is inserted once and never changed.
create table events (
  -- Its place in the whole log. Rises in commit order, because append_events draws it under the append lock.
  position bigint not null,
  -- By the database's clock, whole milliseconds.
  recorded_at timestamptz not null,
  -- Its place in its stream: 1, 2, 3 …
  version integer not null,
  stream text not null,
  type text not null,
  -- json and not jsonb: the text that the machine has seen is the text that is read back.
  data json not null,
  state text not null,
  effects json,
  snapshot_hash text not null,
  metadata json not null,
  -- The call that stored it, so that a call whose answer was lost can be told from somebody else's.
  append_id text not null,
  primary key (stream, version)
);

-- A btree: with BRIN every reader at the head of the log would scan the newest block range.
create unique index events_by_position on events (position);

create function refuse_change_of_events() returns trigger language plpgsql as $$
begin
  raise exception 'An event is a fact: % on events is refused', lower(tg_op) using errcode = 'restrict_violation';
end $$;

-- Holds for the owner and for superusers too, which a revoked privilege would not, and costs an insert nothing.
create trigger events_are_facts before update or delete or truncate on events
for each statement execute function refuse_change_of_events();

alter table events enable always trigger events_are_facts;

-- migrate:down
do $$ begin raise exception 'Forward only: no migration throws events away'; end $$;
