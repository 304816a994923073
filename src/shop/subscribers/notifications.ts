/** What customers are told of themselves and of their orders: an outbox that shows what would be mailed. */
import type { OrderPlaced } from "../../../machines/order/events.ts";
import type { OrderStatus } from "../../../machines/order/status.ts";
import { refOf } from "../../kernel/ids.ts";
import type { Transaction } from "../../projection/projection.ts";
import type { Subscription } from "../../projection/subscription.ts";
import { meaningOfState } from "../orders/order-states.ts";
import { milliseconds, type Page, readPage, type Slice } from "../page.ts";

export interface Notification {
  readonly customerId: string;
  readonly orderId: string | null;
  readonly status: OrderStatus | null;
  readonly subject: string;
  readonly createdAt: number;
}

const WELCOME = "Welcome to the shop";

/** What a customer hears when an order comes to a status; of the others nothing. */
const SUBJECTS: Partial<Record<OrderStatus, string>> = {
  pending: "We have your order",
  confirmed: "Your order is confirmed and paid",
  shipped: "Your order is on its way",
  delivered: "Your order has arrived",
  cancelled: "Your order is cancelled, and nothing is charged",
  needsIntervention: "We are looking into your order",
};

/** One notification a change of status, and one for each new customer. */
export const notifications: Subscription = {
  name: "notifications",
  types: ["customer", "order"],
  from: "beginning",
  delivery: "effectively-once",
  async handle(event, transaction) {
    const { type, id } = refOf(event.stream);
    const at = new Date(event.recordedAt).toISOString();
    if (type === "customer") {
      if (event.version === 1) await insert(transaction, [event.position, id, null, null, WELCOME, at]);
      return;
    }
    const { status } = meaningOfState(event.state);
    const subject = SUBJECTS[status];
    if (subject === undefined) return;
    if (event.version === 1) {
      const { customerId } = JSON.parse(event.data) as OrderPlaced;
      await insert(transaction, [event.position, customerId, id, status, subject, at]);
    } else await insertIfNew(transaction, [event.position, id, status, subject, at]);
  },
};

type Values = readonly (string | number | null)[];

async function insert(transaction: Transaction, values: Values): Promise<void> {
  await transaction.query(
    `insert into notifications (position, customer_id, order_id, status, subject, created_at)
     values ($1, $2, $3, $4, $5, $6::text::timestamptz)`,
    values,
  );
}

/** Unless the order's last notification told of the same status. */
async function insertIfNew(transaction: Transaction, values: Values): Promise<void> {
  await transaction.query(
    `insert into notifications (position, customer_id, order_id, status, subject, created_at)
     select $1, customer_id, order_id, $3::text, $4::text, $5::text::timestamptz
     from (select * from notifications where order_id = $2 order by position desc limit 1) as last
     where last.status <> $3::text`,
    values,
  );
}

/** The newest first. */
export function listNotifications(readModel: Transaction, slice: Slice): Promise<Page<Notification>> {
  return readPage(
    readModel,
    {
      table: "notifications",
      columns: `customer_id, order_id, status, subject, ${milliseconds("created_at")}`,
      key: "position",
      newestFirst: true,
      where: [],
    },
    slice,
    (row) => ({
      customerId: String(row["customer_id"]),
      orderId: row["order_id"] as string | null,
      status: row["status"] as OrderStatus | null,
      subject: String(row["subject"]),
      createdAt: Number(row["created_at"]),
    }),
  );
}
