import { afterAll, describe } from "vitest";
import { natsBinary, stopNatsServers } from "./nats-server.ts";
import { removeTemporaryFolders } from "./temporary-folder.ts";

const found = await natsBinary();

if ("missing" in found) console.warn(`Tests that need a nats-server are skipped. ${found.missing}`);

afterAll(async () => {
  await stopNatsServers();
  removeTemporaryFolders();
});

/** `describe` for what needs a nats-server. Without one it is skipped, and the reason is printed. */
export const describeNats = "missing" in found ? describe.skip : describe;
