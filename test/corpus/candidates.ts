/** What might be said to each of the shop's actors. The machine decides which of it can be. */
import type { MachineEvent } from "../../src/runtime/machine-event.ts";

const address = { line1: "1 High Street", city: "Springfield", postalCode: "1000", country: "DE" };
const price = { amount: "1000", currency: "EUR" };
const reason = "because";
const timeouts = {
  reservationMs: 60_000,
  paymentMs: 60_000,
  shipmentMs: 60_000,
  deliveryMs: 60_000,
  releaseMs: 60_000,
  refundMs: 60_000,
  reminderMs: 60_000,
};
const order = (lines: number): MachineEvent => ({
  type: "OrderPlaced",
  customerId: "c-1",
  items: Array.from({ length: lines }, (_, n) => ({ productId: `p-${n}`, quantity: 1, unitPrice: price })),
  total: { amount: String(1_000 * lines), currency: "EUR" },
  shippingAddress: address,
  timeouts,
});
const reservation = { orderId: "o-1", line: 0, quantity: 2 };

/** By actor type, creations first. */
export const CANDIDATES: Readonly<Record<string, readonly MachineEvent[]>> = {
  customer: [
    { type: "CustomerRegistered", name: "Ada", email: "ada@example.com", username: "ada", bio: "Counts.", address },
    { type: "CustomerChanged", name: "Ada L.", bio: null },
  ],
  product: [
    { type: "ProductListed", name: "Teapot", price, stock: 3 },
    { type: "StockReady" },
    { type: "ProductReplaced", name: "Teapot", description: "Brown", price },
    { type: "ProductChanged", price: { amount: "900", currency: "EUR" } },
    { type: "ProductDiscontinued" },
  ],
  stock: [
    { type: "StockOpened", available: 5 },
    { type: "StockReceived", quantity: 3 },
    { type: "ReservationRequested", ...reservation },
    { type: "ReservationReleased", ...reservation },
    { type: "ReservationShipped", ...reservation },
    { type: "StocktakeStarted" },
    { type: "StocktakeFinished" },
  ],
  order: [
    order(1),
    order(2),
    ...[0, 1].flatMap((line): MachineEvent[] => [
      { type: "StockReserved", line },
      { type: "StockDenied", line, available: 0 },
      { type: "StockReleased", line },
    ]),
    { type: "PaymentCaptured" },
    { type: "PaymentDeclined", reason },
    { type: "PaymentRefunded" },
    { type: "PaymentVoided" },
    { type: "RefundFailed", reason },
    { type: "CancellationRequested" },
    { type: "ShippingAddressChanged", shippingAddress: { ...address, city: "Shelbyville" } },
    { type: "OrderShipped", trackingNumber: "T-1" },
    { type: "OrderDelivered" },
    { type: "CompensationRetried", reason },
    { type: "CompensationSkipped", reason },
    { type: "InterventionResolved", reason },
  ],
  payment: [
    { type: "PaymentRequested", orderId: "o-1", amount: price },
    { type: "RefundRequested" },
    { type: "PaymentCaptured", chargeId: "ch-1" },
    { type: "PaymentDeclined", reason },
    { type: "PaymentRefunded" },
    { type: "RefundDeclined", reason },
  ],
  conversation: [
    { type: "ConversationOpened", orderId: "o-1", text: "Where is it?" },
    { type: "CustomerWrote", text: "Hello?" },
    { type: "OperatorWrote", text: "On its way." },
    { type: "ConversationClosed" },
  ],
};
