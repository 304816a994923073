/** Chapter 5: a flight and a hotel, or neither of them. In memory; with a store of yours it survives its process. */
import { fromPromise, setup } from "xstate";
import { z } from "zod";
import { createMemoryStore, createRuntime, defineActor, systemClock } from "../../src/mod.ts";

interface Trip {
  readonly city: string;
}

const step = fromPromise<void, Trip>(async () => {});

const tripMachine = setup({
  types: { input: {} as Trip, context: {} as Trip, events: {} as { type: "CancellationRetried" } },
  actors: { bookFlight: step, bookHotel: step, cancelFlight: step },
}).createMachine({
  context: ({ input: { city } }) => ({ city }),
  initial: "bookingFlight",
  states: {
    bookingFlight: {
      invoke: { src: "bookFlight", input: ({ context }) => context, onDone: "bookingHotel", onError: "cancelled" },
    },
    bookingHotel: {
      invoke: { src: "bookHotel", input: ({ context }) => context, onDone: "booked", onError: "cancellingFlight" },
    },
    cancellingFlight: {
      invoke: { src: "cancelFlight", input: ({ context }) => context, onDone: "cancelled", onError: "needsSomebody" },
    },
    needsSomebody: { on: { CancellationRetried: "cancellingFlight" } },
    booked: { type: "final" },
    cancelled: { type: "final" },
  },
});

// Your own services go here. To book or to cancel the same again changes nothing.
const flights = new Map<string, string>();
let calls = 0;
const airline = {
  book: async (city: string) => void flights.set(city, city),
  async cancel(city: string) {
    if (++calls < 3) throw new Error("The line is engaged");
    flights.delete(city);
  },
};
const hotel = {
  async book(city: string) {
    if (city === "Rome") throw new Error("There is no room");
  },
};

const trip = defineActor({
  type: "trip",
  machine: tripMachine,
  version: "1",
  created: "TripPlanned",
  events: {
    TripPlanned: { by: "client", schema: z.strictObject({ city: z.string() }) },
    CancellationRetried: { by: "operator", schema: z.strictObject({}) },
  },
  activities: {
    bookFlight: { run: ({ city }) => airline.book(city) },
    bookHotel: { run: ({ city }) => hotel.book(city), retry: { attempts: 2, backoffMs: 10 } },
    cancelFlight: { run: ({ city }) => airline.cancel(city), retry: { attempts: 10, backoffMs: 10 } },
  },
});

const runtime = createRuntime({ store: createMemoryStore({ clock: systemClock }), actors: [trip] });
await runtime.start();
for (const city of ["Oslo", "Rome"]) {
  await runtime.actor("trip", city).propose({ type: "TripPlanned", city });
  for await (const { type, state } of runtime.actor("trip", city).subscribe()) {
    console.log(`${city}: ${type} → ${state}`);
    if (state === "booked" || state === "cancelled") break;
  }
}
console.log(`flights booked: ${[...flights.keys()].join(", ")}`);
await runtime.stop(1_000);
