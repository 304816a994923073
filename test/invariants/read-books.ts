/** The books of a shop on a real database, read in one moment. */
import postgres from "postgres";
import { EVENT, eventOf } from "../../src/store/postgres/event-log.ts";
import type { ProjectedOrder, RecordedCharge, ShopBooks } from "./books.ts";

/** What only the one who ran it knows. */
export type Known = Pick<ShopBooks, "atRest"> & Partial<Pick<ShopBooks, "requests" | "calls">>;

type Row = Record<string, unknown>;

const WAITING = "select stream, due, open::text as open from waiting";
const LETTERS = "select reason, stream, source, detail::text as detail from dead_letters";
const CHARGES = `select order_id, key, amount::text as amount, currency, status, created_at, refunded_at
  from demo_provider.charges`;
const ORDERS = `select id, version, state, status, customer_id, items, shipping_address, tracking_number,
  total_amount::text as amount, total_currency as currency, placed_position::int8 as placed_position
  from order_summaries`;
const CHECKPOINT = "select position from checkpoints where reader = 'order_summaries'";

/** @param known whether all has come to rest, and what was answered to whom */
export async function readBooks(databaseUrl: string, known: Known): Promise<ShopBooks> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  try {
    // One snapshot for all tables: otherwise a message could be in neither its sender's row nor its target's stream.
    const books = await sql.begin("isolation level repeatable read read only", async (query) => {
      const read = async (text: string): Promise<Row[]> => [...await query.unsafe<Row[]>(text)];
      const [{ now } = {}] = await read("select clock_timestamp() as now");
      const [checkpoint] = await read(CHECKPOINT);
      return {
        now: momentOf(now)!,
        events: (await read(`select ${EVENT} from events order by position`)).map(eventOf),
        waiting: (await read(WAITING)).map((row) => ({
          stream: String(row["stream"]),
          dueAt: momentOf(row["due"]),
          open: String(row["open"]),
        })),
        deadLetters: (await read(LETTERS)) as unknown as ShopBooks["deadLetters"],
        charges: (await read(CHARGES)).map(chargeOf),
        projected: {
          checkpoint: Number(checkpoint?.["position"] ?? 0),
          rows: (await read(ORDERS)).map(orderOf),
        },
      };
    });
    return { requests: [], calls: [], ...books, ...known };
  } finally {
    await sql.end({ timeout: 5 });
  }
}

function momentOf(value: unknown): number | null {
  return value instanceof Date ? value.getTime() : null;
}

function chargeOf(row: Row): RecordedCharge {
  return {
    orderId: String(row["order_id"]),
    key: String(row["key"]),
    amount: String(row["amount"]),
    currency: String(row["currency"]),
    status: row["status"] as RecordedCharge["status"],
    chargedAt: momentOf(row["created_at"]) ?? undefined,
    refundedAt: momentOf(row["refunded_at"]),
  };
}

function orderOf(row: Row): ProjectedOrder {
  return {
    id: String(row["id"]),
    version: Number(row["version"]),
    state: String(row["state"]),
    status: String(row["status"]),
    customerId: String(row["customer_id"]),
    items: row["items"],
    shippingAddress: row["shipping_address"],
    trackingNumber: row["tracking_number"] as string | null,
    total: { amount: String(row["amount"]), currency: String(row["currency"]) },
    placedPosition: Number(row["placed_position"]),
  };
}
