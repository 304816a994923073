/** What `/readyz` looks at, beside the process itself. */
import type { HealthCheck } from "../../api/readiness.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Bus } from "../../messaging/bus.ts";
import type { Relay } from "../../messaging/relay.ts";
import { lagOf } from "../../projection/lag.ts";
import { compareMigrations } from "../../store/postgres/migrate.ts";
import type { PostgresStore } from "../../store/postgres/postgres-store.ts";

const DEADLINE_MS = 1_000;
/** Behind by so much, others hear of what happens here noticeably late. */
const TOLERABLE_LAG_S = 10;

export interface CheckedParts {
  readonly store: PostgresStore;
  readonly bus: Bus;
  readonly relay: Pick<Relay, "lag">;
  /** Their names. */
  readonly projections: readonly string[];
  readonly clock: Clock;
}

/** Without the database nothing goes on. Without the bus everything does, but nobody hears of it. */
export function healthChecks(parts: CheckedParts): readonly HealthCheck[] {
  const { store, bus, relay } = parts;
  return [
    {
      name: "store",
      needed: true,
      async check() {
        await store.ping(DEADLINE_MS);
        return { ok: true, detail: store.description };
      },
    },
    { name: "migrations", needed: true, check: () => checkMigrations(store) },
    {
      name: "bus",
      needed: false,
      async check() {
        await bus.ping(DEADLINE_MS);
        return { ok: true, detail: bus.description };
      },
    },
    {
      name: "relay",
      needed: false,
      check: async () => judgeLag((await relay.lag())?.seconds),
    },
    {
      name: "projections",
      needed: false,
      check: async () => judgeLag(await slowestProjection(parts)),
    },
  ];
}

/** In seconds. */
async function slowestProjection({ store, projections, clock }: CheckedParts): Promise<number> {
  const readers = await store.readers();
  const lags = await lagOf(store, clock, readers.filter(({ name }) => projections.includes(name)));
  return Math.max(0, ...lags.map(({ lagSeconds }) => lagSeconds));
}

async function checkMigrations(store: PostgresStore) {
  const rows = await store.query("select version from schema_migrations");
  const { pending, unknown } = await compareMigrations(rows.map(({ version }) => String(version)));
  if (pending.length > 0) return { ok: false, detail: `Pending: ${pending.join(", ")}` };
  // In a rollout the database is ahead of the nodes that still run.
  return { ok: true, detail: unknown.length === 0 ? "All are applied" : `All, and newer ones: ${unknown.join(", ")}` };
}

function judgeLag(seconds: number | undefined) {
  if (seconds === undefined) return { ok: false, detail: "Nobody has begun yet" };
  return {
    ok: seconds <= TOLERABLE_LAG_S,
    detail: seconds < 1 ? "Less than 1 s behind" : `${Math.round(seconds)} s behind`,
  };
}
