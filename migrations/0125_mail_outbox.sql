-- migrate:up
-- Mails as they would leave: who sends for real reads them from here. One row a task, however often it is worked on.
create table mail_outbox (
  task_id text primary key,
  kind text not null,
  customer_id text not null,
  recipient text not null,
  subject text not null,
  body text not null,
  created_at timestamptz not null default clock_timestamp()
);

-- migrate:down
do $$ begin raise exception 'Forward only: no migration forgets what was mailed'; end $$;
