/** How the demo payment provider has been told to treat an order. */
import type { Transaction } from "../../projection/projection.ts";

/**
 * `fail`: a server's error, nothing done. `hang`: no answer. `twice`: it is done, but the first answer is lost, so that
 * it is asked for and answered twice. `decline`: refused.
 */
export type Behaviour = "fail" | "hang" | "twice" | "decline";

/** What may be asked for an order. */
export type ProviderTask = "capture" | "refund";

export interface BehaviourOrder {
  readonly capture?: Behaviour | undefined;
  readonly refund?: Behaviour | undefined;
  /** How long it lasts; default for ever. */
  readonly forMs?: number | undefined;
}

export interface ProviderBehaviours {
  /** Tells the provider how to treat an order; replaces what it was told before. */
  tell(orderId: string, order: BehaviourOrder): Promise<void>;
  /** What holds for an order now. */
  current(orderId: string, task: ProviderTask): Promise<Behaviour | undefined>;
}

/** @param database where the schema `demo_provider` is */
export function createProviderBehaviours(database: Pick<Transaction, "query">): ProviderBehaviours {
  return {
    async tell(orderId, { capture, refund, forMs }) {
      await database.query(
        `insert into demo_provider.behaviours (order_id, capture, capture_until, refund, refund_until)
         select $1, $2, until, $3, until from (select clock_timestamp() + $4::text::bigint * interval '1 ms' as until) as lasting
         on conflict (order_id) do update set
           capture = excluded.capture, capture_until = excluded.capture_until,
           refund = excluded.refund, refund_until = excluded.refund_until`,
        [orderId, capture ?? null, refund ?? null, forMs === undefined ? null : String(forMs)],
      );
    },

    async current(orderId, task) {
      const [row] = await database.query(
        `select ${task} as behaviour from demo_provider.behaviours
         where order_id = $1 and (${task}_until is null or ${task}_until > clock_timestamp())`,
        [orderId],
      );
      return (row?.["behaviour"] ?? undefined) as Behaviour | undefined;
    },
  };
}
