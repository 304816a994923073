-- migrate:up
-- Which event answered a client's request key. Void after 24 h; the nodes' beats clear away what is void.
create table request_keys (
  principal text not null,
  operation text not null,
  key text not null,
  stream text not null,
  version integer not null,
  request_hash text not null,
  recorded_at timestamptz not null,
  primary key (principal, operation, key)
);

create index request_keys_by_age on request_keys (recorded_at);

-- migrate:down
do $$ begin raise exception 'Forward only: no migration forgets which requests were answered'; end $$;
