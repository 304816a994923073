/** The shop's actors, as the runtime takes them: machines, their events, and the work behind their invokes. */
import { conversationEvents } from "../../machines/conversation/events.ts";
import { conversationMachine } from "../../machines/conversation/machine.ts";
import { customerEvents } from "../../machines/customer/events.ts";
import { customerMachine } from "../../machines/customer/machine.ts";
import { orderEvents } from "../../machines/order/events.ts";
import { orderMachine } from "../../machines/order/machine.ts";
import { paymentEvents } from "../../machines/payment/events.ts";
import { paymentMachine } from "../../machines/payment/machine.ts";
import { productEvents } from "../../machines/product/events.ts";
import { productMachine } from "../../machines/product/machine.ts";
import { stockEvents } from "../../machines/stock/events.ts";
import { stockMachine } from "../../machines/stock/machine.ts";
import type { ActorDefinition } from "../runtime/definition.ts";
import { paymentActivities } from "./payments/payment-activities.ts";
import type { PaymentProvider } from "./payments/provider.ts";

/** @param provider who is asked for the money */
export function shopActors(provider: PaymentProvider): readonly ActorDefinition[] {
  return [
    {
      type: "customer",
      machine: customerMachine,
      ...made("customer"),
      created: "CustomerRegistered",
      events: customerEvents,
    },
    { type: "product", machine: productMachine, ...made("product"), created: "ProductListed", events: productEvents },
    { type: "stock", machine: stockMachine, ...made("stock"), created: "StockOpened", events: stockEvents },
    { type: "order", machine: orderMachine, ...made("order"), created: "OrderPlaced", events: orderEvents },
    {
      type: "payment",
      machine: paymentMachine,
      ...made("payment"),
      created: "PaymentRequested",
      events: paymentEvents,
      activities: paymentActivities(provider),
    },
    {
      type: "conversation",
      machine: conversationMachine,
      ...made("conversation"),
      created: "ConversationOpened",
      events: conversationEvents,
    },
  ];
}

function made(machine: string): Pick<ActorDefinition, "version" | "source"> {
  return { version: "1", source: new URL(`../../machines/${machine}/`, import.meta.url) };
}
