-- migrate:up
-- The demo payment provider's own books: the independent witness of what was charged. No other part reads or writes
-- here, as if it were another company's database.
create schema demo_provider;

create table demo_provider.charges (
  -- The caller's idempotency key: charged at most once, whatever happens.
  key text primary key,
  id uuid not null default gen_random_uuid(),
  order_id text not null,
  amount bigint not null check (amount > 0),
  currency text not null,
  status text not null check (status in ('captured', 'refunded', 'declined')),
  reason text,
  created_at timestamptz not null default clock_timestamp(),
  refunded_at timestamptz
);

create index charges_by_order on demo_provider.charges (order_id);
create index charges_by_time on demo_provider.charges (created_at, key);

-- How the provider has been told to treat an order, so that a demo can show what goes wrong.
create table demo_provider.behaviours (
  order_id text primary key,
  capture text check (capture in ('fail', 'hang', 'twice', 'decline')),
  -- Null: for ever.
  capture_until timestamptz,
  refund text check (refund in ('fail', 'hang', 'twice', 'decline')),
  refund_until timestamptz
);

-- migrate:down
drop schema demo_provider cascade;
