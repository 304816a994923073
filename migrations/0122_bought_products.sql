-- migrate:up
-- Which products were bought in which order, written by the subscription "recommendations".
create table bought_products (
  order_id text not null,
  product_id text not null,
  -- Where the order was placed.
  position bigint not null,
  primary key (order_id, product_id)
);

create index bought_products_by_product on bought_products (product_id, position);

-- migrate:down
drop table bought_products;
