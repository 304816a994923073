-- migrate:up
-- Rises with every joining of any member of any subscription.
create sequence subscription_epochs;

-- The processes that share a subscription's work. A member is dead 5 s after its last beat.
create table subscription_members (
  subscription text not null,
  member text not null,
  epoch bigint not null default nextval('subscription_epochs'),
  seen_at timestamptz not null,
  primary key (subscription, member)
);

-- A subscription's cursors. A key always falls into the same partition, so a partition in one hand keeps its order.
create table subscription_partitions (
  subscription text not null,
  number integer not null,
  -- Everything up to here is handled, parked, or nothing to the subscription.
  position bigint not null,
  -- The epoch of the member that works on it. Void once that member is dead.
  holder bigint,
  -- Rises with each claim: what an earlier holder still tries to write does not carry it.
  token bigint not null default 0,
  primary key (subscription, number)
) with (fillfactor = 50);

-- migrate:down
drop table subscription_partitions;
drop table subscription_members;
drop sequence subscription_epochs;
