/** Whatever a schema says of itself, the data made for it is what it accepts. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { EventSchema } from "../../src/runtime/definition.ts";
import { shopActors } from "../../src/shop/actors.ts";
import { dataArbitrary } from "../../src/test-kit/schema-arbitrary.ts";

const nobody = () => Promise.reject(new Error("Nothing is paid here"));
const EVENTS = shopActors({ capture: nobody, refund: nobody }).flatMap(({ type, events }) =>
  Object.entries(events).map(([name, { schema }]) => [`${type} ${name}`, schema] as const)
);

function samples(schema: EventSchema): unknown[] {
  return fc.sample(dataArbitrary(fc, "It", schema) as fc.Arbitrary<unknown>, { numRuns: 50, seed: 1 });
}

test.each(EVENTS)("the shop's %s", (_, schema) => {
  expect(samples(schema)).toHaveLength(50);
});

describe("of each kind", () => {
  test.each<readonly [kind: string, schema: z.ZodType]>([
    ["choices", z.object({ a: z.enum(["x", "y"]), b: z.literal(3), c: z.union([z.string(), z.boolean()]) })],
    ["optional and nullable", z.object({ a: z.string().optional(), b: z.number().nullable() })],
    ["lists", z.object({ a: z.array(z.int().min(2).max(9)).min(1), b: z.array(z.string()).max(1) })],
    ["texts", z.object({ a: z.email(), b: z.uuid(), c: z.iso.date(), d: z.string().regex(/^[A-Z]{3}-\d+$/) })],
    ["anything", z.object({ a: z.unknown() })],
  ])("%s", (_, schema) => {
    expect(new Set(samples(schema).map((one) => JSON.stringify(one))).size).toBeGreaterThan(1);
  });

  test("what is required is there, and what is not is not always", () => {
    const keys = samples(z.strictObject({ a: z.int(), b: z.int().optional() })).map((one) =>
      Object.keys(one as object)
    );
    expect(new Set(keys.map(String))).toEqual(new Set(["a", "a,b"]));
  });
});

test("a schema that cannot tell is not guessed at", () => {
  const mute: EventSchema = { "~standard": { validate: (value) => ({ value }) } };
  expect(() => dataArbitrary(fc, "Pressed", mute)).toThrow(
    'The schema of "Pressed" cannot tell its JSON Schema; say in `events` what fits it',
  );
});
