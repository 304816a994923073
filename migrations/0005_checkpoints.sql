-- migrate:up
-- How far each reader has read the log.
create table checkpoints (
  reader text primary key,
  position bigint not null
);

-- migrate:down
drop table checkpoints;
