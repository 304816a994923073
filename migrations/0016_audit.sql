-- migrate:up
-- What people have done by hand, and why. Written before it is done; what came of it follows.
create table audit (
  id bigint generated always as identity primary key,
  recorded_at timestamptz not null default clock_timestamp(),
  who text not null,
  action text not null,
  subject text not null,
  reason text not null,
  detail json not null,
  outcome text
);

create index audit_by_subject on audit (subject, id);

-- migrate:down
do $$ begin raise exception 'Forward only: no migration throws away who did what'; end $$;
