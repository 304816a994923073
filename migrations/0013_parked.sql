-- migrate:up
-- Events that a reader (a projection, a subscription) has set aside: one that it cannot handle, and the later ones of
-- the same key, which have to wait for it. The dead letter of the first says why.
create table parked (
  reader text not null,
  -- Of a subscription; 0 for a projection.
  partition integer not null,
  key text not null,
  position bigint not null,
  -- True once somebody has asked to try the key's events again.
  redrive boolean not null default false,
  primary key (reader, position)
);

create index parked_by_key on parked (reader, partition, key);

-- migrate:down
drop table parked;
