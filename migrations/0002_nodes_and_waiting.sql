-- migrate:up
create sequence node_epochs;

-- Who is alive: one row a node. A node is dead 8 s after its last beat, or once it has joined again.
create table nodes (
  id text not null unique,
  -- Rises with every joining of any node.
  epoch bigint primary key,
  seen_at timestamptz not null
);

-- What an actor waits for: one row an actor, replaced by each of its appends.
create table waiting (
  stream text primary key,
  -- Its earliest timer.
  due timestamptz,
  -- The open effects.
  open json not null,
  -- The epoch of the node that has work under way for it or fires its timer. Void once that node is dead.
  claimed_by bigint
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

create index waiting_by_due on waiting (due) where due is not null;
create index waiting_by_claim on waiting (claimed_by) where claimed_by is not null;

-- migrate:down
do $$ begin raise exception 'Forward only: no migration throws away what actors wait for'; end $$;
