/** What an order promises: the way forward and the way back. */
import type { OrderContext } from "../../machines/order/context.ts";
import { obligationsOf } from "../../machines/order/obligations.ts";
import type { ShopBooks } from "./books.ts";
import { heldAtTheEnd, shippedLines } from "./holdings.ts";
import type { Breach, Invariant } from "./invariant.ts";
import { last, type Life, livesOfType, messagesOf, type Moment } from "./lives.ts";
import { isSkipped } from "./money.ts";
import { Owed } from "./obligations.ts";

const cancelledLeavesNothing: Invariant<ShopBooks> = {
  name: "a cancelled order has nothing held, charged or shipped",
  *breaches({ charges }, lives) {
    const held = heldAtTheEnd(lives);
    const shipped = shippedLines(lives);
    const charged = new Set(charges.filter(({ status }) => status === "captured").map(({ orderId }) => orderId));
    for (const order of livesOfType(lives, "order")) {
      const { row, context } = last(order);
      if (row.state !== "cancelled" || context === undefined) continue;
      const { stream, ref: { id } } = order;
      const skipped = isSkipped(order);
      if (charged.has(id) && !skipped.refund) yield { stream, sentence: "is cancelled, and its money was kept" };
      for (const line of (context as OrderContext).items.keys()) {
        const name = `${id}/${line}`;
        if (held.has(name) && !skipped.lines.has(line)) {
          yield { stream, sentence: `is cancelled, and line ${line} is held` };
        }
        if (shipped.has(name)) yield { stream, sentence: `is cancelled, and line ${line} was shipped` };
      }
    }
  },
};

const isCompensating = (state: string) => state === "needsIntervention" || state.startsWith("compensating");

const failuresAreInterventions: Invariant<ShopBooks> = {
  name: "a failed compensation is an intervention that lists what is owed, and nothing else",
  *breaches(_, lives) {
    for (const { stream, moments } of livesOfType(lives, "order")) {
      const owed = new Owed();
      let before = "";
      for (const moment of moments) {
        const { row, context } = moment;
        const hadFailed = isCompensating(before) && failed(moment, owed);
        owed.take(moment);
        if (hadFailed && row.state !== "needsIntervention") {
          yield { stream, sentence: `version ${row.version}: ${row.type} in ${before} led to ${row.state}` };
        }
        if (isCompensating(row.state) && context !== undefined) {
          yield* listedWrongly(stream, moment, context as OrderContext, owed);
        }
        before = row.state;
      }
    }
  },
};

/** True when what is being undone has just come to nothing. */
function failed({ row, data }: Moment, owed: Owed): boolean {
  if (row.type === "RefundFailed") return owed.isRefundOwed;
  const { type = "" } = (data["event"] ?? {}) as { type?: string };
  return row.type === "TimerFired" && /(refund|release)Timeout/.test(type);
}

function* listedWrongly(stream: string, { row }: Moment, context: OrderContext, owed: Owed): Generator<Breach> {
  const listed = obligationsOf(context).map((one) => one.kind === "refund" ? "refund" : `release ${one.line}`);
  const facts = owed.list();
  const where = `version ${row.version} (${row.state})`;
  if (facts.length === 0) yield { stream, sentence: `${where} owes nothing, and has not ended` };
  if (facts.join() !== listed.join()) yield { stream, sentence: `${where} lists [${listed}] and owes [${facts}]` };
}

const compensationsAreReversed: Invariant<ShopBooks> = {
  name: "compensations come in reverse order, each once",
  *breaches(_, lives) {
    for (const order of livesOfType(lives, "order")) yield* compensatedWrongly(order);
  },
};

function* compensatedWrongly({ stream, moments }: Life): Generator<Breach> {
  const owed = new Owed();
  let lastLine = Infinity;
  let asked = false;
  let failedSince = false;
  let charging = false;
  for (const moment of moments) {
    owed.take(moment);
    const { row } = moment;
    if (row.type === "RefundFailed") failedSince = true;
    if (row.type === "PaymentDeclined") charging = false;
    for (const { event } of messagesOf(moment)) {
      if (event.type === "PaymentRequested") charging = true;
      if (event.type === "RefundRequested") {
        charging = false;
        if (asked && !failedSince) yield { stream, sentence: `version ${row.version} asks for the refund again` };
        [asked, failedSince] = [true, false];
      }
      if (event.type !== "ReservationReleased") continue;
      const line = Number(event["line"]);
      if (line >= lastLine) {
        yield { stream, sentence: `version ${row.version} releases line ${line} after ${lastLine}` };
      }
      if (owed.isRefundOwed || charging) {
        yield { stream, sentence: `version ${row.version} releases line ${line} before the money is settled` };
      }
      lastLine = line;
    }
  }
}

/** Nothing is left under way: neither side of an order waits for the other. */
const UNDER_WAY: Readonly<Record<string, RegExp>> = {
  order: /^(placed|reservingStock|chargingPayment|compensating\b.*)$/,
  payment: /^(capturing|uncertain|refunding)$/,
  stock: /^(opened|counting|resuming)$/,
  product: /^opening$/,
};

const everyOrderComesToAnEnd: Invariant<ShopBooks> = {
  name: "every saga comes to an end",
  atRest: true,
  *breaches({ deadLetters }, lives) {
    for (const life of lives.values()) {
      const { state } = last(life).row;
      if (UNDER_WAY[life.ref.type]?.test(state)) yield { stream: life.stream, sentence: `is still ${state}` };
    }
    for (const { stream, reason, source, detail = "" } of deadLetters) {
      const order = lives.get(stream);
      // An answer to what an operator had answered for may come to an order that is over.
      const isGivenUp = reason === "message refused" && order !== undefined && isForSkipped(source, lives);
      if (!isGivenUp && reason !== "late outcome") yield { stream, sentence: `${reason}: ${source} ${detail}` };
    }
  },
};

function isForSkipped(source: string, lives: Parameters<Invariant<ShopBooks>["breaches"]>[1]): boolean {
  const [type, id, version, n] = source.split("/");
  const effect = lives.get(`${type}/${id}`)?.moments[Number(version) - 1]?.effects[Number(n)];
  const order = effect?.kind === "message" && effect.to.type === "order"
    ? lives.get(`order/${effect.to.id}`)
    : undefined;
  if (effect?.kind !== "message" || order === undefined || last(order).row.state !== "cancelled") return false;
  const skipped = isSkipped(order);
  return effect.event.type.startsWith("Stock") ? skipped.lines.has(Number(effect.event["line"])) : skipped.refund;
}

export const SAGA_INVARIANTS = [
  cancelledLeavesNothing,
  failuresAreInterventions,
  compensationsAreReversed,
  everyOrderComesToAnEnd,
];
