/** Durable subscriptions: who reads which partition, and how far each has come. All by the database's clock. */
import type postgres from "postgres";
import { StatewrightError } from "../../kernel/errors.ts";
import { LEASE_MS, type PartitionCursor, PARTITIONS, type Subscriptions } from "../subscriptions.ts";
import type { Query } from "./connection.ts";
import { forgetParked, readerTransaction } from "./parking.ts";
import { inTransaction } from "./transaction.ts";

const ALIVE = `seen_at > now() - interval '${LEASE_MS} milliseconds'`;

// Not only "on conflict": that would wait for whoever has a partition's turn just now.
const MAKE_PARTITIONS = `
  insert into subscription_partitions (subscription, number, position)
  select $1, number, $2 from generate_series(0, ${PARTITIONS - 1}) as number
  where not exists (select from subscription_partitions where subscription = $1)
  on conflict do nothing`;

const JOIN = `
  insert into subscription_members (subscription, member, seen_at) values ($1, $2, now())
  on conflict (subscription, member) do update set epoch = nextval('subscription_epochs'), seen_at = now()
  returning epoch`;

const CLEAR_LONG_DEAD = "delete from subscription_members where seen_at < now() - interval '1 day'";

const BEAT = `
  update subscription_members set seen_at = now() where subscription = $1 and epoch = $2 and ${ALIVE} returning epoch`;

// Members may see each other a moment late; then shares do not add up until the next beat, but no partition is in two
// hands: its row is locked, and the claim that comes second finds it held.
const SHARE = `
  with alive as (
    select epoch from subscription_members where subscription = $1 and ${ALIVE}
  ), share as (
    select ${PARTITIONS} / greatest(1, count(*))
      + (count(*) filter (where epoch < $2) < ${PARTITIONS} % greatest(1, count(*)))::int as fair from alive
  ), held as (
    select number, token, position from subscription_partitions where subscription = $1 and holder = $2
  ), free as (
    select number from subscription_partitions
    where subscription = $1 and (holder is null or holder not in (select epoch from alive))
    order by number limit greatest(0, (select fair from share) - (select count(*) from held))
    for update skip locked
  ), claimed as (
    update subscription_partitions p set holder = $2, token = token + 1 from free
    where p.subscription = $1 and p.number = free.number returning p.number, p.token, p.position
  )
  select fair::int, number, token, position, exists (select from parked where reader = $1 and redrive) as redrives
  from share left join (select * from held union all select * from claimed) as mine on true
  order by number`;

const MOVE = `
  with mine as (
    select p.number, given.position
    from subscription_partitions p
    join json_to_recordset($2::text::json) as given (partition integer, token bigint, position bigint)
      on given.partition = p.number and given.token = p.token
    where p.subscription = $1 for update of p skip locked
  )
  update subscription_partitions p set position = greatest(p.position, mine.position) from mine
  where p.subscription = $1 and p.number = mine.number returning p.number`;

const RELEASE = `
  update subscription_partitions p set holder = null
  from json_to_recordset($2::text::json) as given (partition integer, token bigint)
  where p.subscription = $1 and p.number = given.partition and p.token = given.token`;

// The position is compared too: of a commit whose answer was lost nobody knows whether it has moved the cursor.
const ADVANCE = `
  update subscription_partitions set position = $5
  where subscription = $1 and number = $2 and token = $3 and position = $4 returning number`;

const RESET = `
  update subscription_partitions set position = $2, holder = null, token = token + 1
  where subscription = $1 returning number`;

const STATUS = `
  select p.subscription, min(p.position) as position,
    (select count(*)::int from subscription_members m where m.subscription = p.subscription and ${ALIVE}) as members,
    (select count(*)::int from parked where reader = p.subscription) as parked
  from subscription_partitions p group by p.subscription order by p.subscription`;

/** @param query for what needs no transaction */
export function createSubscriptions(sql: postgres.Sql, query: Query): Subscriptions {
  return { ...createGroups(query), ...createCursors(sql, query) };
}

type Groups = "joinGroup" | "shareGroup" | "leaveGroup" | "releasePartitions" | "subscriptions";

function createGroups(query: Query): Pick<Subscriptions, Groups> {
  return {
    async joinGroup(subscription, member, position) {
      await query(MAKE_PARTITIONS, [subscription, position]);
      const [row] = await query(JOIN, [subscription, member]);
      await query(CLEAR_LONG_DEAD);
      return Number(row!["epoch"]);
    },

    async shareGroup(subscription, epoch) {
      const [alive] = await query(BEAT, [subscription, epoch]);
      if (alive === undefined) return undefined;
      const rows = await query(SHARE, [subscription, epoch]);
      return {
        held: rows.filter(({ number }) => number !== null).map(cursorOf),
        fairShare: rows[0]!["fair"] as number,
        hasRedrives: rows[0]!["redrives"] as boolean,
      };
    },

    async leaveGroup(subscription, epoch) {
      await query("delete from subscription_members where subscription = $1 and epoch = $2", [subscription, epoch]);
    },

    async releasePartitions(subscription, claims) {
      await query(RELEASE, [subscription, JSON.stringify(claims)]);
    },

    async subscriptions() {
      const rows = await query(STATUS);
      return rows.map((row) => ({
        name: row["subscription"] as string,
        position: Number(row["position"]),
        members: row["members"] as number,
        parked: row["parked"] as number,
      }));
    },
  };
}

function createCursors(sql: postgres.Sql, query: Query): Omit<Subscriptions, Groups> {
  return {
    async movePartitions(subscription, cursors) {
      const rows = await query(MOVE, [subscription, JSON.stringify(cursors)]);
      return rows.map(({ number }) => number as number);
    },

    advancePartition: (subscription, { partition, token, position }, to, work) =>
      inTransaction(sql, async (query) => {
        const [moved] = await query(ADVANCE, [subscription, partition, token, position, to]);
        if (moved !== undefined) await work(readerTransaction(query, subscription, partition));
        return moved !== undefined;
      }),

    resetSubscription: (subscription, position, prepare) =>
      inTransaction(sql, async (query) => {
        const rows = await query(RESET, [subscription, position]);
        if (rows.length === 0) throw new StatewrightError("NOT_FOUND", `There is no subscription "${subscription}"`);
        await forgetParked(query, subscription, position);
        await prepare?.({ query });
      }),
  };
}

function cursorOf(row: Record<string, unknown>): PartitionCursor {
  return { partition: row["number"] as number, token: Number(row["token"]), position: Number(row["position"]) };
}
