/** `statewright orders watch <id>`: each event of an order as it is committed, until the order has come to its end. */
import { defineCommand } from "citty";
import { keepProcessAlive } from "../kernel/clock.ts";
import { type OrderUpdate, watchOrder } from "../shop/orders/watch-order.ts";
import { print } from "./command-line.ts";
import { actorOf, withOperations } from "./operate/with-operations.ts";
import { required, unknownAction } from "./reader-table.ts";
import { countOf } from "./whole-number.ts";

export const ordersCommand = defineCommand({
  meta: { name: "orders", description: "Watch an order, event by event, until it has come to its end" },
  args: {
    action: { type: "positional", required: true, description: "watch" },
    id: { type: "positional", required: false, description: "which order" },
    after: { type: "string", description: "go on behind this position" },
    json: { type: "boolean", description: "one JSON object a line, for machines" },
  },
  async run({ args }) {
    if (args.action !== "watch") unknownAction(args.action, ["watch"]);
    const { id } = actorOf(`order/${required(args.id, "orders watch 0199…").replace(/^order\//, "")}`);
    const after = countOf(args.after, "--after", 0) ?? 0;
    await withOperations(async ({ visitor }) => {
      const letProcessEnd = keepProcessAlive();
      try {
        let before: number | undefined;
        for await (const update of watchOrder(visitor, id, { after })) {
          await print(args.json ? jsonOf(update) : textOf(update, before));
          before = update.recordedAt;
        }
      } finally {
        letProcessEnd();
      }
    });
  },
});

function jsonOf(update: OrderUpdate): string {
  return JSON.stringify({ ...update, stored: undefined });
}

/** `v3  PaymentDeclined       compensating.releasing    +95 ms   ↩ undoing what was done` */
function textOf(update: OrderUpdate, before: number | undefined): string {
  const { version, event, state, recordedAt } = update;
  const later = before === undefined ? "" : `+${recordedAt - before} ms`;
  const line = `v${version}`.padStart(5) + `  ${event.padEnd(24)}  ${state.padEnd(32)}  ${later.padStart(10)}`;
  return `${line}   ${meaningOf(update)}`.trimEnd();
}

function meaningOf({ oldStatus, newStatus, orderId }: OrderUpdate): string {
  if (oldStatus === newStatus) return "";
  if (newStatus === "cancelling") return "↩ undoing what was done";
  if (newStatus === "cancelled") {
    return oldStatus === "cancelling" ? "✔ fully compensated" : "✔ there was nothing to undo";
  }
  if (newStatus === "delivered") return "✔ delivered";
  return newStatus === "needsIntervention" ? `✋ needs an operator: why order/${orderId}` : "";
}
