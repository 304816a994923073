-- migrate:up
-- Orders as lists show them: folded from the log by the projection of this name, and nothing else writes here.
create table order_summaries (
  id text primary key,
  customer_id text not null,
  -- As placed: [{ productId, quantity, unitPrice }].
  items json not null,
  total_amount bigint not null,
  total_currency text not null,
  status text not null,
  -- The machine's dotted path.
  state text not null,
  version integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- Where the order's first event stands in the log: the order of the list.
  placed_position bigint not null unique
);

create index order_summaries_by_status on order_summaries (status, placed_position);

-- migrate:down
drop table order_summaries;
