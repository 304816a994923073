import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { findNatsServer } from "../../src/cli/cluster/nats-binary.ts";
import { describeNats } from "../support/describe-nats.ts";

describeNats("a nats-server", () => {
  it("is found, and runs", async () => {
    const found = await findNatsServer(undefined);
    expect("path" in found && execFileSync(found.path, ["--version"], { encoding: "utf8" })).toMatch(
      /^nats-server: v2/,
    );
  });

  it("is found once by many who look at once", async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => findNatsServer(undefined)));
    expect(new Set(all.map((found) => JSON.stringify(found))).size).toBe(1);
  });

  it("is the one that is named, or none", async () => {
    expect(await findNatsServer("/bin/true")).toEqual({ missing: "NATS_SERVER_BIN: /bin/true is no nats-server" });
    expect(await findNatsServer("/nowhere/nats-server")).toHaveProperty("missing");
  });
});
