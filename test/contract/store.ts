/** What every event store keeps, whatever it is made of. Each test is a sentence of src/store/store.ts. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Store } from "../../src/store/store.ts";
import { appendingContract } from "./appending.ts";
import { nodeContract } from "./nodes.ts";
import { readingContract } from "./reading.ts";
import { requestKeyContract } from "./request-keys.ts";
import type { StoreUnderTest } from "./subject.ts";
import { waitingContract } from "./waiting-rows.ts";

export function storeContract(open: () => Promise<StoreUnderTest>): void {
  let under: StoreUnderTest;
  let store: Store;
  beforeEach(async () => {
    under = await open();
    store = under.store;
  });
  afterEach(() => under.dispose());

  const subject = () => under;
  describe("append", () => {
    appendingContract(subject);
  });
  describe("reading", () => {
    readingContract(subject);
  });
  describe("request keys", () => {
    requestKeyContract(subject);
  });
  describe("waiting rows", () => {
    waitingContract(subject);
  });
  describe("nodes", () => {
    nodeContract(subject);
  });

  describe("dead letters", () => {
    const letter = {
      reason: "late outcome",
      stream: "actor/1",
      source: "actor/1/2/0",
      attempts: 3,
      detail: '{"b":1,"a":2}',
    };

    it("are kept once for a source and a reason", async () => {
      await store.bury(letter);
      await store.bury({ ...letter, attempts: 9 });
      await store.bury({ ...letter, reason: "message refused" });
      const letters = await store.deadLetters({ limit: 10 });
      expect(letters).toMatchObject([letter, { ...letter, reason: "message refused" }]);
      expect(new Set(letters.map(({ id }) => id)).size).toBe(2);
    });

    it("are read in pages, the oldest first", async () => {
      for (const source of ["a/1", "b/1", "c/1"]) await store.bury({ ...letter, source });
      const first = await store.deadLetters({ limit: 2 });
      const rest = await store.deadLetters({ limit: 2, after: first[1]!.id });
      expect([...first, ...rest].map(({ source }) => source)).toEqual(["a/1", "b/1", "c/1"]);
    });
  });

  it("answers a ping", async () => {
    await expect(store.ping(5_000)).resolves.toBeUndefined();
  });
}
