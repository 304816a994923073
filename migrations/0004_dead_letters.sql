-- migrate:up
-- What could not be handled, until somebody redrives or dismisses it.
create table dead_letters (
  id bigint generated always as identity primary key,
  reason text not null,
  stream text not null,
  source text not null,
  attempts integer not null,
  detail json not null,
  recorded_at timestamptz not null default clock_timestamp(),
  unique (source, reason)
);

-- migrate:down
do $$ begin raise exception 'Forward only: no migration throws dead letters away'; end $$;
