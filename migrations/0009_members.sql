-- migrate:up
-- Where a node can be asked, if it can, and the actor types that it runs; none while it drains.
alter table nodes add column address text, add column types text[] not null default '{}';

-- Timers and claims are looked for by type: a node leaves alone what it does not run, however much of that there is.
create index waiting_by_type_and_due on waiting (split_part(stream, '/', 1), due) where due is not null;
create index waiting_by_claim_and_type on waiting (claimed_by, split_part(stream, '/', 1)) where claimed_by is not null;
drop index waiting_by_due;
drop index waiting_by_claim;

-- migrate:down
create index waiting_by_due on waiting (due) where due is not null;
create index waiting_by_claim on waiting (claimed_by) where claimed_by is not null;
drop index waiting_by_type_and_due;
drop index waiting_by_claim_and_type;
alter table nodes drop column address, drop column types;
