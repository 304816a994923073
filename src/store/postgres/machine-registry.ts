import type { MachineRegistry } from "../store.ts";
import type { Query } from "./connection.ts";

export function createMachineRegistry(query: Query): MachineRegistry {
  return {
    async meetMachine(type, identity) {
      const rows = await query("select identity from machines where type = $1 order by first_seen_at, identity", [
        type,
      ]);
      await query("insert into machines (type, identity) values ($1, $2) on conflict do nothing", [type, identity]);
      return rows.map((row) => row["identity"] as string).filter((known) => known !== identity);
    },

    // "0" is the character after "/": every stream of the type, and no other.
    async standingStates(type) {
      const rows = await query(
        `select state, count(*) as count from (
           select distinct on (stream) state from events where stream >= $1 || '/' and stream < $1 || '0'
           order by stream, version desc
         ) as newest group by state order by state`,
        [type],
      );
      return rows.map((row) => ({ state: row["state"] as string, count: Number(row["count"]) }));
    },
  };
}
