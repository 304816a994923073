-- migrate:up
-- Which machine each actor type was started with, and what its check against the stored histories has found. The newest
-- row of a type is the machine that runs; one that differs from it is checked before it may.
create table machine_checks (
  id bigint generated always as identity primary key,
  type text not null,
  -- <machine id>@<version>#<hash>, as in the events' metadata.
  identity text not null,
  checked_at timestamptz not null default now(),
  -- The log's end at the check.
  head bigint not null,
  -- Live actors that the machine would break.
  breaking bigint not null,
  -- Why it was started all the same; null when nothing would break.
  accepted_because text,
  check ((breaking = 0) = (accepted_because is null))
);

create index machine_checks_by_type on machine_checks (type, id desc);

-- migrate:down
drop table machine_checks;
