/** Types that many others are made of. */
import type { Builder } from "./builder.ts";

export function defineSharedTypes(builder: Builder): void {
  builder.scalarType("DateTime", {
    description: "A moment: `2026-05-04T12:00:00.000Z`.",
    serialize: (milliseconds) => new Date(milliseconds).toISOString(),
    parseValue: refuseInput,
  });
  builder.scalarType("JSON", {
    description: "Any JSON value.",
    serialize: (value) => value,
    parseValue: refuseInput,
  });
  builder.objectType("Money", {
    description: "An exact amount: `2999` `EUR` is 29.99 €.",
    fields: (t) => ({
      amount: t.exposeString("amount", { description: "Whole minor units, as a decimal string." }),
      currency: t.exposeString("currency", { description: "ISO 4217." }),
    }),
  });
  builder.objectType("Address", {
    fields: (t) => ({
      line1: t.exposeString("line1"),
      city: t.exposeString("city"),
      postalCode: t.exposeString("postalCode"),
      country: t.exposeString("country", { description: "ISO 3166, two capital letters." }),
    }),
  });
  builder.objectType("Event", {
    description: "A fact in an actor's life, as it is in the log.",
    fields: (t) => ({
      type: t.exposeString("type"),
      version: t.exposeInt("version", { description: "Its place among the actor's events: 1, 2, 3 …" }),
      position: t.string({
        description: "Its place in the whole log.",
        resolve: ({ position }) => String(position),
      }),
      data: t.field({ type: "JSON", resolve: ({ data }): unknown => JSON.parse(data) }),
      state: t.exposeString("state", { description: "The actor's state after it." }),
      recordedAt: t.expose("recordedAt", { type: "DateTime" }),
    }),
  });
}

/** Inputs that several mutations take. */
export function defineInputs(builder: Builder) {
  return {
    address: builder.inputType("AddressInput", {
      fields: (t) => ({
        line1: t.string({ required: true }),
        city: t.string({ required: true }),
        postalCode: t.string({ required: true }),
        country: t.string({ required: true, description: "ISO 3166, two capital letters." }),
      }),
    }),
    money: builder.inputType("MoneyInput", {
      fields: (t) => ({
        amount: t.string({ required: true, description: "Whole minor units, as a decimal string." }),
        currency: t.string({ required: true, description: "ISO 4217." }),
      }),
    }),
  };
}

export type Inputs = ReturnType<typeof defineInputs>;

function refuseInput(): never {
  throw new Error("This is for answers only");
}
