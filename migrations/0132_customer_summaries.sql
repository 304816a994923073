-- migrate:up
-- Customers as lists show them: folded from the log by the projection of this name, and nothing else writes here.
create table customer_summaries (
  id text primary key,
  name text not null,
  email text not null,
  username text,
  bio text,
  address json,
  version integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- Where the customer's first event stands in the log: the order of the list.
  registered_position bigint not null unique
);

-- migrate:down
drop table customer_summaries;
