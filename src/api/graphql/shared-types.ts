/** Types that many others are made of. */
import { ERROR_CODES } from "../../kernel/errors.ts";
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

export function defineUserErrors(builder: Builder) {
  const code = builder.enumType("ErrorCode", {
    values: ERROR_CODES,
    description: "What went wrong; the same codes through every door. `/problems/<code>` has a page about each.",
  });
  builder.objectType("UserError", {
    description: "Why a mutation did nothing. One for each argument that is wrong, or one for the whole.",
    fields: (t) => ({
      code: t.expose("code", { type: code }),
      message: t.exposeString("message"),
      field: t.exposeStringList("field", { nullable: true, description: "The way to the argument that is wrong." }),
      state: t.exposeString("state", { nullable: true, description: "Where the actor stands." }),
      event: t.exposeString("event", { nullable: true, description: "The event that it does not accept." }),
      allowedEvents: t.exposeStringList("allowedEvents", { description: "What it would accept instead." }),
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
