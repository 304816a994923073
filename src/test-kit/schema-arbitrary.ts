/** Values that a schema accepts, made from the JSON Schema that it gives of itself. */
import { checkData } from "../runtime/acceptance.ts";
import type { EventSchema } from "../runtime/definition.ts";
import type { Arbitrary, FastCheck } from "./fast-check.ts";

/** The part of JSON Schema (2020-12) that is understood; anything else is any JSON, and left to the schema to sort out. */
interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Standard Schema's extension for JSON Schema (https://standardschema.dev/json-schema); Zod has it since 4.2. */
interface WithJsonSchema {
  readonly jsonSchema?: { readonly input: (options: { readonly target: string }) => unknown };
}

/** More is rarely interesting, and slow. */
const LONGEST = 20;
const MOST_ITEMS = 5;

/**
 * The data that an event's schema accepts.
 * @param name of the event, for the error
 * @throws Error for a schema that has no JSON Schema: then whoever asks has to say what fits
 */
export function dataArbitrary(fc: FastCheck, name: string, schema: EventSchema): Arbitrary<unknown> {
  const { jsonSchema } = schema["~standard"] as WithJsonSchema;
  if (jsonSchema === undefined) {
    throw new Error(`The schema of "${name}" cannot tell its JSON Schema; say in \`events\` what fits it`);
  }
  const json = jsonSchema.input({ target: "draft-2020-12" }) as JsonSchema;
  return arbitraryOf(fc, json).filter((data) => checkData(schema, data as object).issues === undefined);
}

function arbitraryOf(fc: FastCheck, schema: JsonSchema): Arbitrary<unknown> {
  const { anyOf, oneOf, type } = schema;
  if ("const" in schema) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = anyOf ?? oneOf ?? (Array.isArray(type) ? type.map((one: string) => ({ ...schema, type: one })) : []);
  if (choices.length > 0) return fc.oneof(...choices.map((choice) => arbitraryOf(fc, choice)));
  switch (type) {
    case "object":
      return objects(fc, schema);
    case "array":
      return fc.array(arbitraryOf(fc, schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: shorter(schema.minItems, schema.maxItems, MOST_ITEMS),
      });
    case "string":
      return strings(fc, schema);
    case "integer":
      return fc.integer(rangeOf(schema));
    case "number":
      return fc.double({ ...rangeOf(schema), noNaN: true, noDefaultInfinity: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return fc.jsonValue();
  }
}

function objects(fc: FastCheck, { properties = {}, required = [] }: JsonSchema): Arbitrary<unknown> {
  const members = Object.entries(properties).map(([name, schema]) => [name, arbitraryOf(fc, schema)] as const);
  return fc.record(Object.fromEntries(members), { requiredKeys: required.filter((name) => name in properties) });
}

function strings(fc: FastCheck, { pattern, minLength, maxLength }: JsonSchema): Arbitrary<unknown> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern, "u"));
  return fc.string({
    unit: "grapheme",
    minLength: minLength ?? 0,
    maxLength: shorter(minLength, maxLength, LONGEST),
  });
}

function shorter(least = 0, most = Infinity, usual: number): number {
  return Math.max(least, Math.min(most, usual));
}

function rangeOf({ minimum, maximum }: JsonSchema): { min?: number; max?: number } {
  return { ...(minimum !== undefined && { min: minimum }), ...(maximum !== undefined && { max: maximum }) };
}
