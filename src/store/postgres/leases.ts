/** Leases as rows, by the database's clock. */
import type { Lease, Leases } from "../leases.ts";
import type { Query } from "./connection.ts";

// clock_timestamp(): the statement may have waited for another one's row lock.
const ACQUIRE = `
  insert into leases as l (name, holder, token, held_until, position)
  values ($1, $2, 1, clock_timestamp() + $3 * interval '1 ms', 0)
  on conflict (name) do update set holder = $2, token = l.token + 1,
    held_until = clock_timestamp() + $3 * interval '1 ms'
  where l.held_until <= clock_timestamp() or l.holder = $2
  returning name, token, position, note`;

const ADVANCE = `
  update leases set position = $4, note = $5, held_until = clock_timestamp() + $6 * interval '1 ms'
  where name = $1 and token = $2 and position = $3
  returning name, token, position, note`;

export function createLeases(query: Query): Leases {
  return {
    async acquireLease(name, holder, ttlMs) {
      const [row] = await query(ACQUIRE, [name, holder, ttlMs]);
      return row && leaseOf(row);
    },

    async advanceLease({ name, token, position }, to, ttlMs) {
      const [row] = await query(ADVANCE, [name, token, position, to.position, to.note, ttlMs]);
      return row && leaseOf(row);
    },

    async releaseLease({ name, token }) {
      await query("update leases set held_until = '-infinity' where name = $1 and token = $2", [name, token]);
    },

    async leasedPosition(name) {
      const [row] = await query("select position from leases where name = $1", [name]);
      return row && Number(row["position"]);
    },
  };
}

function leaseOf(row: Record<string, unknown>): Lease {
  return {
    name: row["name"] as string,
    token: Number(row["token"]),
    position: Number(row["position"]),
    note: row["note"] as string | null,
  };
}
