/** What every event store keeps, whatever it is made of. Each test is a sentence of src/store/store.ts. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Store } from "../../src/store/store.ts";
import { appendingContract } from "./appending.ts";
import { leaseContract } from "./leases.ts";
import { nodeContract } from "./nodes.ts";
import { operatorContract } from "./operators.ts";
import { readingContract } from "./reading.ts";
import { requestKeyContract } from "./request-keys.ts";
import { newRun } from "../support/runs.ts";
import type { StoreUnderTest } from "./subject.ts";
import { subscriptionContract } from "./subscriptions.ts";
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
  describe("machines", () => {
    it("are met once each, by type", async () => {
      expect(await store.meetMachine("a", "a@1#1")).toEqual([]);
      expect(await store.meetMachine("a", "a@1#1")).toEqual([]);
      expect(await store.meetMachine("a", "a@2#2")).toEqual(["a@1#1"]);
      expect(await store.meetMachine("b", "b@1#3")).toEqual([]);
    });

    it("have actors that stand somewhere", async () => {
      await store.append(1, [
        newRun("actor/1", 0, ["A", "B"]),
        newRun("actor/2", 0, ["A"]),
        newRun("actor2/1", 0, ["A"]),
      ]);
      const [one, ...others] = await store.standingStates("actor");
      expect(others).toEqual([]);
      expect(one?.count).toBe(2);
      expect(await store.standingStates("nobody")).toEqual([]);
    });
  });
  describe("nodes", () => {
    nodeContract(subject);
  });
  describe("leases", () => {
    leaseContract(subject);
  });

  describe("what operators need", () => {
    operatorContract(subject);
  });
  describe("subscriptions", () => {
    subscriptionContract(subject);
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
