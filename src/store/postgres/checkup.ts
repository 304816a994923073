/** Facts about a database and what stands in it, for whoever has to judge whether it is as it should be. */
import type { Transaction } from "../transaction.ts";

export interface DatabaseFacts {
  /** Of the server, by name: `fsync` → `on`. */
  readonly settings: Readonly<Record<string, string>>;
  readonly isStandby: boolean;
  /** True when this role could change events if no trigger stood before them. */
  readonly mayChangeEvents: boolean;
  readonly connections: number;
  readonly sizeBytes: number;
  /** The nodes that are alive. */
  readonly nodes: readonly string[];
  /** Timers that are a minute past due. */
  readonly overdueTimers: number;
  /** Actors with work under way that belongs to no living node. */
  readonly orphans: number;
}

const SETTINGS = [
  "autovacuum",
  "data_checksums",
  "fsync",
  "full_page_writes",
  "max_connections",
  "synchronous_commit",
];

const ALIVE = "seen_at > now() - interval '8 seconds' and types <> '{}'";

const FACTS = `select
  pg_is_in_recovery() as standby,
  has_table_privilege('events', 'UPDATE') as may_change,
  (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as connections,
  pg_database_size(current_database()) as size,
  (select string_agg(id, ',' order by id) from nodes where ${ALIVE}) as nodes,
  (select count(*)::int from waiting where due < now() - interval '1 minute') as overdue,
  (select count(*)::int from waiting where claimed_by is not null
     and not exists (select from nodes where epoch = claimed_by and seen_at > now() - interval '8 seconds')) as orphans`;

export async function examineDatabase(database: Transaction): Promise<DatabaseFacts> {
  const settings = await database.query(
    `select name, setting from pg_settings where name in (${SETTINGS.map((name) => `'${name}'`).join(", ")})`,
  );
  const [row] = await database.query(FACTS);
  return {
    settings: Object.fromEntries(settings.map(({ name, setting }) => [name, setting])) as Record<string, string>,
    isStandby: row!["standby"] as boolean,
    mayChangeEvents: row!["may_change"] as boolean,
    connections: row!["connections"] as number,
    sizeBytes: Number(row!["size"]),
    nodes: (row!["nodes"] as string | null)?.split(",") ?? [],
    overdueTimers: row!["overdue"] as number,
    orphans: row!["orphans"] as number,
  };
}
