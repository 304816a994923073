/** The books of the demo payment provider. Each method is one statement or survives being cut between two. */
import type { Transaction } from "../../projection/projection.ts";

export type ChargeStatus = "captured" | "refunded" | "declined";

export interface Charge {
  readonly id: string;
  readonly key: string;
  readonly orderId: string;
  /** Minor units. */
  readonly amount: string;
  readonly currency: string;
  readonly status: ChargeStatus;
  readonly reason: string | null;
}

export type NewCharge = Omit<Charge, "id">;

export interface ProviderLedger {
  /** Enters a charge under its key, once: whoever comes second gets the first one, and `isNew` is false. */
  enter(charge: NewCharge): Promise<{ charge: Charge; isNew: boolean }>;
  /** Gives back what was captured for an order. `isNew` is false when it went back before; undefined: nothing was captured. */
  refund(orderId: string): Promise<{ isNew: boolean } | undefined>;
  /** What was entered last for an order. */
  find(orderId: string): Promise<Charge | undefined>;
  /** All charges, the oldest first; of more than 100,000 the newest. */
  list(): Promise<Charge[]>;
}

const COLUMNS = "id::text as id, key, order_id, amount::text as amount, currency, status, reason";
const MAX_LISTED = 100_000;

/** @param database where the schema `demo_provider` is */
export function createProviderLedger(database: Pick<Transaction, "query">): ProviderLedger {
  return {
    async enter({ key, orderId, amount, currency, status, reason }) {
      const [entered] = await database.query(
        `insert into demo_provider.charges (key, order_id, amount, currency, status, reason)
         values ($1, $2, $3::text::bigint, $4, $5, $6)
         on conflict (key) do nothing
         returning ${COLUMNS}`,
        [key, orderId, amount, currency, status, reason],
      );
      if (entered !== undefined) return { charge: chargeOf(entered), isNew: true };
      const [first] = await database.query(`select ${COLUMNS} from demo_provider.charges where key = $1`, [key]);
      return { charge: chargeOf(first!), isNew: false };
    },

    async refund(orderId) {
      const refunded = await database.query(
        `update demo_provider.charges set status = 'refunded', refunded_at = clock_timestamp()
         where order_id = $1 and status = 'captured' returning key`,
        [orderId],
      );
      if (refunded.length > 0) return { isNew: true };
      const before = await database.query(
        "select key from demo_provider.charges where order_id = $1 and status = 'refunded' limit 1",
        [orderId],
      );
      return before.length > 0 ? { isNew: false } : undefined;
    },

    async find(orderId) {
      const [row] = await database.query(
        `select ${COLUMNS} from demo_provider.charges where order_id = $1 order by created_at desc, key desc limit 1`,
        [orderId],
      );
      return row && chargeOf(row);
    },

    async list() {
      const rows = await database.query(
        `select ${COLUMNS} from demo_provider.charges order by created_at desc, key desc limit ${MAX_LISTED}`,
      );
      return rows.map(chargeOf).reverse();
    },
  };
}

function chargeOf(row: Record<string, unknown>): Charge {
  return {
    id: String(row["id"]),
    key: String(row["key"]),
    orderId: String(row["order_id"]),
    amount: String(row["amount"]),
    currency: String(row["currency"]),
    status: row["status"] as ChargeStatus,
    reason: row["reason"] === null ? null : String(row["reason"]),
  };
}
