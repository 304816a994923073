import { beforeAll, expect, it } from "vitest";
import { StatewrightError } from "../../src/kernel/errors.ts";
import { createNatsLink } from "../../src/messaging/jetstream/nats-link.ts";
import { describeNats } from "../support/describe-nats.ts";
import { eventually } from "../support/eventually.ts";
import { closeNats, natsAt } from "../support/nats-buses.ts";
import { type NatsServer, startNatsServer } from "../support/nats-server.ts";
import { linkContract } from "./link.ts";

describeNats("the link over NATS", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });

  const open = async () => {
    const [link, other] = [createNatsLink(await natsAt(server.url)), createNatsLink(await natsAt(server.url))];
    return { link, other, dispose: closeNats };
  };
  linkContract(open);

  it("brings an error's details back, but not its cause", async () => {
    const { link, other, dispose } = await open();
    await link.serve("one", async () => {
      const cause = new Error("secret");
      throw new StatewrightError("TRANSITION_NOT_ALLOWED", "no", { state: "paid", allowed: ["Ship"], cause });
    });
    const thrown = await other.request("one", "?", 5_000).catch(StatewrightError.from);
    expect(thrown).toMatchObject({ details: { state: "paid", allowed: ["Ship"] } });
    expect(JSON.stringify(thrown)).not.toContain("secret");
    await dispose();
  });

  it("says so when the answer is too large for the server", async () => {
    const { link, other, dispose } = await open();
    await link.serve("one", async () => "x".repeat(2_000_000));
    await expect(other.request("one", "?", 5_000)).rejects.toMatchObject({ code: "INTERNAL" });
    await dispose();
  });

  it("is away and comes back with the server", async () => {
    const { link, other, dispose } = await open();
    await link.serve("one", async (request) => request);
    await server.kill();
    await eventually(() => expect(other.request("one", "?", 200)).rejects.toMatchObject({ code: "UNAVAILABLE" }));
    await server.restart();
    await eventually(async () => expect(await other.request("one", "again", 500)).toBe("again"), 10_000);
    await dispose();
  });
});
