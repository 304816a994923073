import { describe } from "vitest";
import { createInProcessLink } from "../../src/messaging/in-process-link.ts";
import { linkContract } from "./link.ts";

describe("the link within a process", () => {
  linkContract(() => {
    const link = createInProcessLink();
    return Promise.resolve({ link, other: link, dispose: async () => {} });
  });
});
