-- migrate:up
-- Where an order goes, and the orders of one customer. The rows are a fold of the log: they are made anew from its
-- beginning.
delete from order_summaries;
delete from checkpoints where reader = 'order_summaries';

alter table order_summaries
  add column shipping_address json not null,
  add column tracking_number text;

create index order_summaries_by_customer on order_summaries (customer_id, placed_position);

-- migrate:down
drop index order_summaries_by_customer;
alter table order_summaries drop column shipping_address, drop column tracking_number;
