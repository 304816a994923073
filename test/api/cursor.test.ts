import { expect, test } from "vitest";
import { decodeCursor, encodeCursor } from "../../src/api/cursor.ts";

test("a cursor leads back to its key, in its own list only", () => {
  for (const key of [1, 41, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
    expect(decodeCursor("orders?status=shipped", encodeCursor("orders?status=shipped", key))).toBe(key);
  }
  expect(() => decodeCursor("orders?status=", encodeCursor("orders?status=shipped", 7))).toThrow(/cursor/);
});

test.each(["", "7", "7-", "-0123456789abcdef", "zz", "7-0123456789abcdef", "' or 1=1--", "7".repeat(500)])(
  "%j is refused",
  (cursor) => {
    expect(() => decodeCursor("orders?status=", cursor)).toThrow(expect.objectContaining({ code: "MALFORMED" }));
  },
);

test("one changed character is noticed", () => {
  const cursor = encodeCursor("orders?status=", 123_456);
  for (let at = 0; at < cursor.length; at++) {
    const changed = cursor.slice(0, at) + (cursor[at] === "1" ? "2" : "1") + cursor.slice(at + 1);
    expect(() => decodeCursor("orders?status=", changed)).toThrow();
  }
});
