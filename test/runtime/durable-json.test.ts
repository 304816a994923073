import { describe, expect, it } from "vitest";
import { toDurableJson } from "../../src/runtime/durable-json.ts";

const parse = (json: string) => JSON.parse(json) as unknown;

describe("JSON that is stored", () => {
  it.each([
    { type: "__proto__" },
    ["__proto__", "xstate$$type"],
    { note: '{"__proto__":1}', quote: '"__proto__":', 'a"__proto__': 1, "__proto__s": 2 },
    { kept: "xstate$$type", 'an "xstate$$type"': ',"xstate$$type":' },
  ])("may hold the words that only a key may not be: %j", (value) => {
    expect(parse(toDurableJson(value, "It"))).toEqual(value);
  });

  it.each([
    '{"__proto__":{"admin":true}}',
    '{"a":1,"__proto__":2}',
    '[{"deep":[{"__proto__":null}]}]',
    '{"xstate$$type":1}',
    '{"sent":{"id":"a","xstate$$type":1}}',
  ])("does not hold them as keys: %s", (json) => {
    expect(() => toDurableJson(parse(json), "It")).toThrow(/__proto__|actor reference/);
  });
});
