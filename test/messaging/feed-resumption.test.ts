import { describe, expect, it } from "vitest";
import { type Checkpoint, positionToResume } from "../../src/messaging/feed-resumption.ts";
import type { Retained } from "../../src/messaging/bus.ts";
import { feedEvent } from "../support/feed-events.ts";

/** A log with a gap after every event; the events are a second apart. */
const events = Array.from({ length: 50 }, (_, i) => feedEvent(2 * i + 1, { version: i + 1, recordedAt: i * 1_000 }));
const log = {
  readAll: async ({ after, limit }: { after: number; limit: number }) =>
    events.filter(({ position }) => position > after).slice(0, limit),
  head: async () => 99,
};
const mark = { incarnation: "a", taken: 30 };
const resume = (checkpoint: Partial<Checkpoint>, retained: Partial<Retained>, nowMs = 50_000) =>
  positionToResume(
    log,
    { position: 59, mark, ...checkpoint },
    { ...mark, last: { position: 59, id: "actor/a/30" }, keptForMs: 10_000, ...retained },
    nowMs,
  );

describe("the relay goes on", () => {
  it("where it stopped, when the feed ends there", async () => {
    expect(await resume({}, {})).toBe(59);
  });

  it("behind what was published but not noted", async () => {
    expect(await resume({}, { taken: 33, last: { position: 65, id: "actor/a/33" } })).toBe(65);
  });

  it("where it stopped, when everything has grown too old", async () => {
    expect(await resume({}, { last: undefined })).toBe(59);
    expect(await resume({}, { taken: 35, last: undefined })).toBe(59);
  });

  it("behind the last event of an older copy", async () => {
    expect(await resume({}, { taken: 10, last: { position: 19, id: "actor/a/10" } })).toBe(19);
  });

  it("behind the last event of a feed that this log fed, when nothing was ever noted", async () => {
    expect(await resume({ position: 0, mark: undefined }, {})).toBe(59);
  });

  it("with what a new feed would still keep", async () => {
    for (const lost of [{ incarnation: "b", taken: 0 }, { taken: 0 }]) {
      // Second 40 is the oldest that counts; the one before it lies at position 79.
      expect(await resume({}, { ...lost, last: undefined })).toBe(79);
      expect(await resume({}, { ...lost, last: undefined, keptForMs: 0 })).toBe(0);
    }
    expect(await resume({ position: 0, mark: undefined }, { taken: 0, last: undefined })).toBe(79);
    expect(await resume({}, { taken: 0, last: undefined }, 1_000_000)).toBe(99);
    expect(await resume({}, { taken: 0, last: undefined }, 0)).toBe(0);
  });

  it("as if nothing was there, when the feed ends with another log's event", async () => {
    for (
      const last of [{ position: 59, id: "actor/b/30" }, { position: 58, id: "actor/a/30" }, { position: 700, id: "x" }]
    ) {
      expect(await resume({ position: 0, mark: undefined }, { last })).toBe(79);
      expect(await resume({}, { taken: 31, last })).toBe(59);
    }
  });
});
