-- migrate:up
-- What customers are told: written by the subscription of this name, one row a change that they should hear of. Whom
-- to mail to, the customer says; no address is kept here.
create table notifications (
  -- The event that it tells of.
  position bigint primary key,
  customer_id text not null,
  -- Null: it is about the customer.
  order_id text,
  -- The order's status that it tells of.
  status text,
  subject text not null,
  created_at timestamptz not null
);

create index notifications_by_order on notifications (order_id, position);

-- migrate:down
drop table notifications;
