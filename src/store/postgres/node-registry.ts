/** Who is alive, and who looks after which waiting actor. All by the database's clock. */
import type { NodeRegistry, WaitingRow } from "../store.ts";
import type { Query } from "./connection.ts";

const ALIVE = "seen_at > now() - interval '8 seconds'";

const JOIN = `
  insert into nodes as n (id, epoch, seen_at) values ($1, nextval('node_epochs'), now())
  on conflict (id) do update set epoch = nextval('node_epochs'), seen_at = now()
  returning epoch`;

const BEAT = `update nodes set seen_at = now() where epoch = $1 and ${ALIVE} returning epoch`;

// Bounded, so that a beat never takes long; what is left goes with the next one.
const CLEAR_VOID_KEYS = `
  delete from request_keys where (principal, operation, key) in (
    select principal, operation, key from request_keys
    where recorded_at < now() - interval '24 hours' order by recorded_at limit 2000 for update skip locked)`;
const CLEAR_LONG_DEAD = "delete from nodes where seen_at < now() - interval '1 day'";

const CLAIM_DUE = `
  with due as (
    select stream, due, open, claimed_by from waiting
    where due <= now() and (claimed_by is null or claimed_by = $1
      or not exists (select from nodes where epoch = claimed_by and ${ALIVE}))
    order by due limit $2 for update skip locked
  ), claimed as (
    update waiting set claimed_by = $1 from due
    where waiting.stream = due.stream and waiting.claimed_by is distinct from $1
  )
  select now() as now, (select min(due) from waiting where due > now()) as next_due, due.stream, due.due, due.open::text as open
  from (values (1)) as always left join due on true
  order by due.due`;

// The claims' epochs are few: they are found by hopping through the index from one to the next.
const CLAIM_ORPHANS = `
  with recursive owners as (
    select min(claimed_by) as epoch from waiting where claimed_by is not null
    union all
    select (select min(claimed_by) from waiting where claimed_by > owners.epoch) from owners where owners.epoch is not null
  ), dead as (
    select epoch from owners
    where epoch <> $1 and not exists (select from nodes where nodes.epoch = owners.epoch and ${ALIVE})
  ), orphans as (
    select stream from waiting where claimed_by in (select epoch from dead) limit $2 for update skip locked
  )
  update waiting set claimed_by = $1 from orphans where waiting.stream = orphans.stream
  returning waiting.stream, due, open::text as open`;

export function createNodeRegistry(query: Query): NodeRegistry {
  return {
    async join(nodeId) {
      const [row] = await query(JOIN, [nodeId]);
      return Number(row!["epoch"]);
    },

    async beat(epoch) {
      const [row] = await query(BEAT, [epoch]);
      if (row === undefined) return false;
      await query(CLEAR_VOID_KEYS);
      await query(CLEAR_LONG_DEAD);
      return true;
    },

    async leave(epoch) {
      await query("delete from nodes where epoch = $1", [epoch]);
    },

    async claimDue(epoch, limit) {
      const rows = await query(CLAIM_DUE, [epoch, limit]);
      const { now, next_due: nextDue } = rows[0] as { now: Date; next_due: Date | null };
      return {
        now: now.getTime(),
        rows: rows.filter(({ stream }) => stream !== null).map(waitingOf),
        nextDueAt: nextDue?.getTime() ?? null,
      };
    },

    async claimOrphans(epoch, limit) {
      return (await query(CLAIM_ORPHANS, [epoch, limit])).map(waitingOf);
    },

    async postpone(epoch, stream, delayMs) {
      await query(
        `update waiting set due = date_trunc('milliseconds', now()) + $3 * interval '1 ms'
         where claimed_by = $1 and stream = $2 and due is not null`,
        [epoch, stream, delayMs],
      );
    },

    async waiting(stream) {
      const [row] = await query("select stream, due, open::text as open from waiting where stream = $1", [stream]);
      return row && waitingOf(row);
    },
  };
}

function waitingOf(row: Record<string, unknown>): WaitingRow {
  const due = row["due"] as Date | null;
  return { stream: row["stream"] as string, dueAt: due?.getTime() ?? null, open: row["open"] as string };
}
