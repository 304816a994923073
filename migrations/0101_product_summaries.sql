-- migrate:up
-- The catalogue in the order in which products came into it. What is on the shelf is not here: the stock actors count.
create table product_summaries (
  id text primary key,
  name text not null,
  description text,
  price_amount bigint not null,
  price_currency text not null,
  -- False until its stock is open.
  orderable boolean not null,
  listed_position bigint not null unique
);

-- migrate:down
drop table product_summaries;
