-- migrate:up
-- Products change and go; who ordered one can still be told its name. The rows are a fold of the log: they are made
-- anew from its beginning.
delete from product_summaries;
delete from checkpoints where reader = 'product_summaries';

alter table product_summaries
  add column version integer not null,
  add column created_at timestamptz not null,
  add column updated_at timestamptz not null;

create index product_summaries_by_price on product_summaries (price_amount) where orderable;

-- migrate:down
drop index product_summaries_by_price;
alter table product_summaries drop column version, drop column created_at, drop column updated_at;
