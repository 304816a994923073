-- migrate:up
-- A cache: an actor's state at one version, so that waking it up does not cost its whole history. Whoever reads it
-- checks it against the event at its version; a row that is missing, foreign or damaged only means a longer replay.
create table snapshots (
  stream text primary key,
  version integer not null,
  -- The identity of the machine that took it.
  machine text not null,
  body text not null
) with (fillfactor = 70);

-- migrate:down
drop table snapshots;
