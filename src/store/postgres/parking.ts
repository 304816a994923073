/** What readers of the log have set aside. */
import type { EventPlace, Parking, ReaderTransaction } from "../transaction.ts";
import type { Query } from "./connection.ts";

const POISON = "poison event";

const PARK = `
  insert into parked (reader, partition, key, position) values ($1, $2, $3, $4)
  on conflict (reader, position) do nothing`;

const BLAME = `
  insert into dead_letters (reason, stream, source, attempts, detail) values ('${POISON}', $1, $2, $3, $4::text::json)
  on conflict (source, reason) do update set attempts = excluded.attempts, detail = excluded.detail`;

// The wish to be tried again passes on to the next of the key, which may have been parked after it was uttered.
const UNPARK = `
  with gone as (
    delete from parked where reader = $1 and position = $2 returning partition, key
  ), next as (
    select min(p.position) as position from parked p join gone using (partition, key)
    where p.reader = $1 and p.position > $2
  ), asked as (
    update parked set redrive = true from next where parked.reader = $1 and parked.position = next.position
  )
  select from gone`;

const NEXT_REDRIVE = `
  select key, position from parked
  where reader = $1 and partition = $2
    and key in (select key from parked where reader = $1 and partition = $2 and redrive)
  order by position limit 1`;

export function createParking(query: Query): Parking {
  return {
    async parkedKeys(reader, partition, limit) {
      const rows = await query("select distinct key from parked where reader = $1 and partition = $2 limit $3", [
        reader,
        partition,
        limit,
      ]);
      return rows.map(({ key }) => key as string);
    },

    async nextRedrive(reader, partition) {
      const [row] = await query(NEXT_REDRIVE, [reader, partition]);
      return row && { key: row["key"] as string, position: Number(row["position"]) };
    },

    async redriveParked(reader, key) {
      const rows = await query(
        "update parked set redrive = true where reader = $1 and ($2::text is null or key = $2::text) returning key",
        [reader, key ?? null],
      );
      return new Set(rows.map((row) => row["key"])).size;
    },
  };
}

export function readerTransaction(query: Query, reader: string, partition: number): ReaderTransaction {
  return {
    query,

    async park(key, event, blame) {
      await query(PARK, [reader, partition, key, event.position]);
      if (blame === undefined) return;
      await query(BLAME, [event.stream, sourceOf(reader, event), blame.attempts, blame.detail]);
      await query("update parked set redrive = false where reader = $1 and partition = $2 and key = $3 and redrive", [
        reader,
        partition,
        key,
      ]);
    },

    async unpark(event) {
      const rows = await query(UNPARK, [reader, event.position]);
      if (rows.length === 0) return false;
      await query(`delete from dead_letters where source = $1 and reason = '${POISON}'`, [sourceOf(reader, event)]);
      return true;
    },
  };
}

/** A dead letter's source: one event may be poison to several readers. */
function sourceOf(reader: string, { stream, version }: EventPlace): string {
  return `${reader} ${stream}/${version}`;
}

/** Forgets what a reader has parked after a position, with its dead letters. */
export async function forgetParked(query: Query, reader: string, after: number): Promise<void> {
  await query(
    `with forgotten as (delete from parked where reader = $1 and position > $2 returning position)
     delete from dead_letters d using forgotten, events e
     where e.position = forgotten.position and d.reason = '${POISON}'
       and d.source = $1 || ' ' || e.stream || '/' || e.version`,
    [reader, after],
  );
}

/** Makes what one reader has parked another's. */
export async function handOverParked(query: Query, from: string, to: string): Promise<void> {
  await query(
    `update dead_letters set source = $2 || substr(source, length($1) + 1)
     where reason = '${POISON}' and starts_with(source, $1 || ' ')`,
    [from, to],
  );
  await query("update parked set reader = $2 where reader = $1", [from, to]);
}
