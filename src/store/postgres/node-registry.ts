/** Who is alive, and who looks after which waiting actor. All by the database's clock. */
import type { Member, NodeRegistry, WaitingRow } from "../store.ts";
import type { Query } from "./connection.ts";

/** Notified when a node has joined, retired or left. */
export const MEMBERS_CHANNEL = "statewright_nodes";

const ALIVE = "seen_at > now() - interval '8 seconds'";

// Lists travel as one text, joined by a comma, which neither types nor streams hold.
const JOIN = `
  with joined as (
    insert into nodes as n (id, epoch, seen_at, address, types)
    values ($1, nextval('node_epochs'), now(), $2, string_to_array($3, ','))
    on conflict (id) do update set epoch = nextval('node_epochs'), seen_at = now(), address = $2, types = string_to_array($3, ',')
    returning epoch
  )
  select epoch, pg_notify('${MEMBERS_CHANNEL}', '') from joined`;

const BEAT = `
  with beat as (update nodes set seen_at = now() where epoch = $1 and ${ALIVE} returning epoch)
  select id, nodes.epoch, address, array_to_string(types, ',') as types from nodes, beat where ${ALIVE}`;

const RETIRE = `
  with retired as (update nodes set types = '{}' where epoch = $1 returning epoch)
  select pg_notify('${MEMBERS_CHANNEL}', '') from retired`;

const LEAVE = `
  with gone as (delete from nodes where epoch = $1 returning epoch)
  select pg_notify('${MEMBERS_CHANNEL}', '') from gone`;

// Bounded, so that a beat never takes long; what is left goes with the next one.
const CLEAR_VOID_KEYS = `
  delete from request_keys where (principal, operation, key) in (
    select principal, operation, key from request_keys
    where recorded_at < now() - interval '24 hours' order by recorded_at limit 2000 for update skip locked)`;
const CLEAR_LONG_DEAD = "delete from nodes where seen_at < now() - interval '1 day'";

const TYPE = "split_part(stream, '/', 1)";
const MY_TYPES = "select unnest(types) as type from nodes where epoch = $1";

const CLAIM_DUE = `
  with mine as (${MY_TYPES}), due as (
    select found.* from mine, lateral (
      select stream, due, open, claimed_by from waiting
      where ${TYPE} = mine.type and due <= now() and (claimed_by is null or claimed_by = $1
        or not exists (select from nodes where epoch = claimed_by and ${ALIVE}))
      order by due limit $2 for update skip locked
    ) as found
    order by due limit $2
  ), claimed as (
    update waiting set claimed_by = $1 from due
    where waiting.stream = due.stream and waiting.claimed_by is distinct from $1
  ), next as (
    select min(found.due) as due from mine, lateral (
      select due from waiting where ${TYPE} = mine.type and due > now() order by due limit 1
    ) as found
  )
  select now() as now, next.due as next_due, due.stream, due.due, due.open::text as open
  from next left join due on true
  order by due.due`;

// The claims' epochs are few: they are found by hopping through the index from one to the next.
const CLAIM_ORPHANS = `
  with recursive mine as (${MY_TYPES}), owners as (
    select min(claimed_by) as epoch from waiting where claimed_by is not null
    union all
    select (select min(claimed_by) from waiting where claimed_by > owners.epoch) from owners where owners.epoch is not null
  ), dead as (
    select epoch from owners
    where epoch <> $1 and not exists (select from nodes where nodes.epoch = owners.epoch and ${ALIVE})
  ), orphans as (
    select found.stream from dead, mine, lateral (
      select stream from waiting where claimed_by = dead.epoch and ${TYPE} = mine.type limit $2 for update skip locked
    ) as found
    limit $2
  )
  update waiting set claimed_by = $1 from orphans where waiting.stream = orphans.stream
  returning waiting.stream, due, open::text as open`;

const CLAIMS = `
  select stream, due, open::text as open from waiting
  where claimed_by = $1 and stream collate "C" > $3 order by stream collate "C" limit $2`;

// A row that is locked is being appended to: whoever does that looks after it.
const TAKE_OVER = `
  with handed as (
    select stream from waiting where stream = any (string_to_array($3, ',')) and claimed_by = $2 for update skip locked
  )
  update waiting set claimed_by = $1 from handed where waiting.stream = handed.stream
  returning waiting.stream, due, open::text as open`;

export function createNodeRegistry(query: Query): Omit<NodeRegistry, "onMembersChanged"> {
  return {
    async join({ id, address, types }) {
      const [row] = await query(JOIN, [id, address, types.join(",")]);
      return Number(row!["epoch"]);
    },

    async beat(epoch) {
      const members = (await query(BEAT, [epoch])).map(memberOf);
      if (members.length === 0) return undefined;
      await query(CLEAR_VOID_KEYS);
      await query(CLEAR_LONG_DEAD);
      return members;
    },

    async retire(epoch) {
      await query(RETIRE, [epoch]);
    },

    async leave(epoch) {
      await query(LEAVE, [epoch]);
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

    async claims(epoch, limit, after = "") {
      return (await query(CLAIMS, [epoch, limit, after])).map(waitingOf);
    },

    async takeOver(epoch, from, streams) {
      return (await query(TAKE_OVER, [epoch, from, streams.join(",")])).map(waitingOf);
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

function memberOf(row: Record<string, unknown>): Member {
  const types = row["types"] as string;
  return {
    id: row["id"] as string,
    epoch: Number(row["epoch"]),
    address: row["address"] as string | null,
    types: types === "" ? [] : types.split(","),
  };
}

export function waitingOf(row: Record<string, unknown>): WaitingRow {
  const due = row["due"] as Date | null;
  return { stream: row["stream"] as string, dueAt: due?.getTime() ?? null, open: row["open"] as string };
}
