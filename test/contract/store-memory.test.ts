import { describe } from "vitest";
import { createManualClock } from "../../src/kernel/manual-clock.ts";
import { createMemoryStore } from "../../src/store/memory/memory-store.ts";
import { storeContract } from "./store.ts";

describe("the memory store", () => {
  storeContract(() => {
    const clock = createManualClock(Date.UTC(2026, 0, 1));
    const store = createMemoryStore({ clock });
    return Promise.resolve({
      store,
      other: store,
      passTime: async (byMs) => clock.advance(byMs),
      dispose: () => store.close(),
    });
  });
});
