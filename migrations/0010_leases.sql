-- migrate:up
-- Work that one node does at a time, by this server's clock.
create table leases (
  name text primary key,
  holder text not null,
  -- Rises with every new holder, so that one who was asleep cannot move the position any more.
  token bigint not null,
  held_until timestamptz not null,
  -- How far the work has come in the log.
  position bigint not null,
  -- What the holder notes beside it.
  note text
);

-- migrate:down
drop table leases;
