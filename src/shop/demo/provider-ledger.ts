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

/**
 * `fail`: a server's error, nothing done. `hang`: no answer. `twice`: it is done, but the first answer is lost, so that
 * it is asked for and answered twice. `decline`: refused.
 */
export type Behaviour = "fail" | "hang" | "twice" | "decline";

export interface OrderedBehaviour {
  readonly capture?: Behaviour;
  readonly refund?: Behaviour;
  /** How long it lasts; default for ever. */
  readonly forMs?: number;
}

export type ProviderLedger = ReturnType<typeof createProviderLedger>;

const COLUMNS = "id::text as id, key, order_id, amount::text as amount, currency, status, reason";
const MAX_LISTED = 10_000;

/** @param database where the schema `demo_provider` is */
export function createProviderLedger(database: Pick<Transaction, "query">) {
  async function find(key: string): Promise<Charge | undefined> {
    const [row] = await database.query(`select ${COLUMNS} from demo_provider.charges where key = $1`, [key]);
    return row && chargeOf(row);
  }

  return {
    find,

    /** Enters a charge under its key, once: whoever comes second gets the first one, and `isNew` is false. */
    async enter({ key, orderId, amount, currency, status, reason }: NewCharge): Promise<{ charge: Charge; isNew: boolean }> {
      const [row] = await database.query(
        `insert into demo_provider.charges (key, order_id, amount, currency, status, reason)
         values ($1, $2, $3::text::bigint, $4, $5, $6)
         on conflict (key) do nothing
         returning ${COLUMNS}`,
        [key, orderId, amount, currency, status, reason],
      );
      if (row !== undefined) return { charge: chargeOf(row), isNew: true };
      return { charge: (await find(key))!, isNew: false };
    },

    /** Gives back what was captured for an order. `isNew` is false when it went back before; undefined: nothing was captured. */
    async refund(orderId: string): Promise<{ isNew: boolean } | undefined> {
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

    /** All charges, the oldest first; at most 10,000 of them, the newest. */
    async list(): Promise<Charge[]> {
      const rows = await database.query(
        `select ${COLUMNS} from demo_provider.charges order by created_at desc, key desc limit ${MAX_LISTED}`,
      );
      return rows.map(chargeOf).reverse();
    },

    /** Tells the provider how to treat an order. @param keep true to leave alone what was told before */
    async behave(orderId: string, { capture, refund, forMs }: OrderedBehaviour, keep = false): Promise<void> {
      await database.query(
        `insert into demo_provider.behaviours as b (order_id, capture, capture_until, refund, refund_until)
         select $1, $2, case when $2::text is not null then until end, $3, case when $3::text is not null then until end
         from (select clock_timestamp() + $4::text::bigint * interval '1 ms' as until) as lasting
         on conflict (order_id) do ${keep ? "nothing" : "update set capture = excluded.capture, capture_until = excluded.capture_until, refund = excluded.refund, refund_until = excluded.refund_until"}`,
        [orderId, capture ?? null, refund ?? null, forMs === undefined ? null : String(forMs)],
      );
    },

    /** What holds for an order now. */
    async behaviour(orderId: string, of: "capture" | "refund"): Promise<Behaviour | undefined> {
      const [row] = await database.query(
        `select ${of} as behaviour from demo_provider.behaviours
         where order_id = $1 and (${of}_until is null or ${of}_until > clock_timestamp())`,
        [orderId],
      );
      return (row?.["behaviour"] ?? undefined) as Behaviour | undefined;
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
