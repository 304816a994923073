-- migrate:up
-- What the daily figures are counted from: one row an order, written by the subscription "analytics". Days are UTC.
create table analytics_orders (
  order_id text primary key,
  placed_on date not null,
  status text not null,
  amount bigint not null,
  currency text not null,
  captured_on date,
  refunded_on date
);

create index analytics_orders_by_placed_on on analytics_orders (placed_on);
create index analytics_orders_by_captured_on on analytics_orders (captured_on) where captured_on is not null;
create index analytics_orders_by_refunded_on on analytics_orders (refunded_on) where refunded_on is not null;

-- migrate:down
drop table analytics_orders;
