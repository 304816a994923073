/**
 * The bench's machine: an order-like life of six events, every one persisted, with a timer to set and to cancel in each
 * waiting state and a context of five fields.
 */
import { assign, setup } from "xstate";
import { z } from "zod";
import type { ActorDefinition } from "../../src/runtime/definition.ts";
import type { MachineEvent } from "../../src/runtime/machine-event.ts";

type ParcelEvent =
  | { type: "StockReserved"; line: number }
  | { type: "PaymentCaptured"; chargeId: string }
  | { type: "ParcelPacked" }
  | { type: "ParcelShipped"; trackingNumber: string }
  | { type: "ParcelDelivered" };

const parcelMachine = setup({
  types: {
    context: {} as { id: string; customerId: string; total: string; reserved: number; trackingNumber: string | null },
    events: {} as ParcelEvent,
    input: {} as { id: string; customerId: string; total: string },
  },
}).createMachine({
  id: "parcel",
  context: ({ input }) => ({
    id: input.id,
    customerId: input.customerId,
    total: input.total,
    reserved: 0,
    trackingNumber: null,
  }),
  initial: "reserving",
  states: {
    reserving: {
      on: {
        StockReserved: { target: "charging", actions: assign({ reserved: ({ context }) => context.reserved + 1 }) },
      },
      after: { 3_600_000: "lost" },
    },
    charging: { on: { PaymentCaptured: "paid" }, after: { 3_600_000: "lost" } },
    paid: { on: { ParcelPacked: "packed" }, after: { 3_600_000: "lost" } },
    packed: {
      on: {
        ParcelShipped: { target: "shipped", actions: assign({ trackingNumber: ({ event }) => event.trackingNumber }) },
      },
      after: { 3_600_000: "lost" },
    },
    shipped: { on: { ParcelDelivered: "delivered" }, after: { 3_600_000: "lost" } },
    delivered: { type: "final" },
    lost: {},
  },
});

const empty = z.strictObject({});

export const parcel: ActorDefinition = {
  type: "parcel",
  machine: parcelMachine,
  version: "1",
  created: "ParcelOrdered",
  events: {
    ParcelOrdered: { by: "client", schema: z.strictObject({ customerId: z.string(), total: z.string() }) },
    StockReserved: { by: "client", schema: z.strictObject({ line: z.int() }) },
    PaymentCaptured: { by: "client", schema: z.strictObject({ chargeId: z.string() }) },
    ParcelPacked: { by: "client", schema: empty },
    ParcelShipped: { by: "client", schema: z.strictObject({ trackingNumber: z.string() }) },
    ParcelDelivered: { by: "client", schema: empty },
  },
};

/** For the threads of a replay, which are told of this module. */
export const STEPPED_ACTORS = import.meta.url;

export function steppedActors(): readonly ActorDefinition[] {
  return [parcel];
}

/** A parcel's whole life. */
export const LIFE: readonly MachineEvent[] = [
  { type: "ParcelOrdered", customerId: "0199d1a7-6f6a-7c3e-9d0e-5b1f6c0a9e11", total: "5998" },
  { type: "StockReserved", line: 0 },
  { type: "PaymentCaptured", chargeId: "ch_3f2a90c4d17b" },
  { type: "ParcelPacked" },
  { type: "ParcelShipped", trackingNumber: "1Z999AA10123456784" },
  { type: "ParcelDelivered" },
];

/** For the figures that want one actor to take events for ever. */
const counterMachine = setup({
  types: {
    context: {} as { id: string; total: number },
    events: {} as { type: "Counted"; by: number },
    input: {} as { id: string },
  },
}).createMachine({
  id: "counter",
  context: ({ input }) => ({ id: input.id, total: 0 }),
  on: { Counted: { actions: assign({ total: ({ context, event }) => context.total + event.by }) } },
});

export const counter: ActorDefinition = {
  type: "counter",
  machine: counterMachine,
  version: "1",
  created: "CounterSet",
  events: {
    CounterSet: { by: "client", schema: empty },
    Counted: { by: "client", schema: z.strictObject({ by: z.int() }) },
  },
};
