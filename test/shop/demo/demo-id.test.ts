import { expect, test } from "vitest";
import { isUuid } from "../../../src/kernel/ids.ts";
import { demoId } from "../../../src/shop/demo/demo-id.ts";
import { DEMO_ORDERS } from "../../../src/shop/demo/scenarios.ts";

test("ids of the demo are the same everywhere, and none twice", () => {
  const ids = DEMO_ORDERS.map(({ name }) => demoId(`order ${name}`));
  expect(new Set(ids).size).toBe(44);
  expect(ids.every(isUuid)).toBe(true);
  // In documents and in stored data: it must never change.
  expect(demoId("customer you")).toBe("019b76da-a800-7511-87f1-c6e38eef8575");
});
