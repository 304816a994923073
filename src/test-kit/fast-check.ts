/** What is used of fast-check. It is handed in, so that only those who check their machines install it. */

export interface Arbitrary<Value> {
  filter(accepts: (value: Value) => boolean): Arbitrary<Value>;
}

/** Draws values while a property runs. */
export type Draw = <Value, Parameters extends unknown[]>(
  arbitrary: (...parameters: Parameters) => Arbitrary<Value>,
  ...parameters: Parameters
) => Value;

interface Length {
  readonly minLength?: number;
  readonly maxLength?: number;
}

interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** fast-check 4: `import fc from "fast-check"`. */
export interface FastCheck {
  array(items: Arbitrary<unknown>, constraints: Length): Arbitrary<unknown[]>;
  boolean(): Arbitrary<boolean>;
  constant(value: unknown): Arbitrary<unknown>;
  constantFrom(...values: unknown[]): Arbitrary<unknown>;
  double(constraints: Range & { readonly noNaN: true; readonly noDefaultInfinity: true }): Arbitrary<number>;
  /** Gives a {@link Draw}. */
  gen(): Arbitrary<unknown>;
  integer(constraints: Range): Arbitrary<number>;
  jsonValue(): Arbitrary<unknown>;
  nat(max: number): Arbitrary<number>;
  oneof(...arbitraries: Arbitrary<unknown>[]): Arbitrary<unknown>;
  record(
    members: Record<string, Arbitrary<unknown>>,
    constraints: { readonly requiredKeys: string[] },
  ): Arbitrary<unknown>;
  string(constraints: Length & { readonly unit: "grapheme" }): Arbitrary<string>;
  stringMatching(pattern: RegExp): Arbitrary<string>;
  property<Value>(values: Arbitrary<Value>, predicate: (value: Value) => void): unknown;
  assert(property: unknown, parameters: { readonly numRuns?: number; readonly seed?: number }): void;
}
