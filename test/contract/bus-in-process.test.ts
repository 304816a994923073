import { describe } from "vitest";
import { silentLogger } from "../../src/kernel/logger.ts";
import { createInProcessBus } from "../../src/messaging/in-process-bus.ts";
import { busContract } from "./bus.ts";

describe("the in-process bus", () => {
  busContract(() => {
    const bus = createInProcessBus(silentLogger);
    return Promise.resolve({ bus, other: bus, dispose: () => bus.close() });
  });
});
