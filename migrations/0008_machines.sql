-- migrate:up
-- The machines that have run on this log, so that a start can tell that one of them has changed.
create table machines (
  type text not null,
  -- <machine id>@<version>#<hash>, as in the events' metadata.
  identity text not null,
  first_seen_at timestamptz not null default now(),
  primary key (type, identity)
);

-- migrate:down
drop table machines;
