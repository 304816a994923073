import { type AddressInfo, createServer } from "node:net";
import { beforeEach, expect, it } from "vitest";
import { StatewrightError } from "../../src/kernel/errors.ts";
import { createNatsLink } from "../../src/messaging/jetstream/nats-link.ts";
import { connect, Transport } from "../../src/messaging/jetstream/transport.ts";
import { describeNats } from "../support/describe-nats.ts";
import { eventually } from "../support/eventually.ts";
import { feedEvent, partsOf } from "../support/feed-events.ts";
import { closeNats, natsAt, natsBusAt } from "../support/nats-buses.ts";
import { type NatsServerOptions, startNatsServer } from "../support/nats-server.ts";

describeNats("the connection to NATS", () => {
  beforeEach(() => closeNats);

  const start = async (options: NatsServerOptions = {}) => await startNatsServer(options);
  const isConnected = async (url: string) => (await natsAt(url)).client().getServer() !== "";

  it("is let in by user and password, or by a token", async () => {
    const byUser = await start({ config: "authorization { user: me, password: 'p@ss word' }" });
    expect(await isConnected(byUser.url.replace("//", "//me:p%40ss%20word@"))).toBe(true);
    const byToken = await start({ config: "authorization { token: sesame }" });
    expect(await isConnected(byToken.url.replace("//", "//sesame@"))).toBe(true);
  });

  it("says so when it is not let in, without the secret", async () => {
    const server = await start({ config: "authorization { user: me, password: right }" });
    const refused = await natsAt(server.url.replace("//", "//me:wrong@")).catch(StatewrightError.from);
    expect(refused).toMatchObject({ code: "USAGE", message: expect.stringContaining("check NATS_URL") });
    expect(JSON.stringify([refused, String(refused)])).not.toContain("wrong");
    await expect(natsAt(server.url)).rejects.toMatchObject({ code: "USAGE" });
  });

  it("outlives a socket that fails once nobody waits for it", async () => {
    const { port } = await start();
    const transport = new Transport();
    await transport.connect({ hostname: "127.0.0.1", port, tlsName: "" }, {});
    const { socket } = transport;
    transport.discard();
    socket.emit("error", new Error("read ECONNRESET"));
  });

  it("tries again at once when the server dies after its first words", async () => {
    const server = createServer((socket) => {
      const said = Buffer.from(`INFO ${JSON.stringify({ server_id: "A", version: "2.10.0", max_payload: 1e6 })}\r\n`);
      socket.on("error", () => {}).write(said);
      const visit = ++visits;
      socket.on("data", (data) => {
        if (visit === 2 || data.includes("PUB leave")) socket.destroy();
        else if (data.includes("PING")) socket.write("PONG\r\n");
      });
    });
    let visits = 0;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const client = await connect({
      servers: `127.0.0.1:${port}`,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 10,
      // Longer than the test waits.
      timeout: 120_000,
    });
    client.publish("leave");
    await eventually(async () => {
      expect(visits).toBe(3);
      await client.flush();
    });
    await client.close();
    server.close();
  });

  it("refuses what is no URL", async () => {
    await expect(natsAt("nats://a b")).rejects.toMatchObject({ code: "USAGE" });
    await expect(natsAt(" , ")).rejects.toMatchObject({ code: "USAGE" });
  });

  it("takes the server of several that is there", async () => {
    const [gone, there] = [await start(), await start()];
    await gone.kill();
    const nats = await natsAt(`${gone.url},${there.url}`);
    expect(nats.client().getServer()).toBe(`127.0.0.1:${there.port}`);
    expect(nats.description).toMatch(/^NATS 2\.\d+\.\d+\S* at 127\.0\.0\.1:\d+, 127\.0\.0\.1:\d+$/);
  });

  it("waits for a server that is not there yet, and subscriptions begin then", async () => {
    const server = await start();
    await server.kill();
    const { bus, nats } = await natsBusAt(server.url);
    const heard: unknown[] = [];
    await bus.subscribe((event) => void heard.push(partsOf(event)));
    expect(() => nats.client()).toThrow("is not connected");
    await expect(bus.publish([feedEvent(1)], 0)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await expect(bus.retained()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await expect(bus.ping(1_000)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await server.restart();
    await eventually(() => bus.ping(1_000), 10_000);
    await bus.publish([feedEvent(1)], 0);
    await eventually(() => expect(heard).toEqual([feedEvent(1)]));
  });

  it("comes back after the server was away, with its subscriptions", async () => {
    const server = await start();
    const [one, two] = [await natsBusAt(server.url), await natsBusAt(server.url)];
    const heard: number[] = [];
    await two.bus.subscribe(({ position }) => void heard.push(position));
    for (let position = 1; position <= 3; position++) {
      await eventually(() => one.bus.ping(500), 10_000);
      await eventually(() => two.bus.ping(500), 10_000);
      await one.bus.publish([feedEvent(position)], position - 1);
      await eventually(() => expect(heard).toHaveLength(position));
      await server.kill();
      await server.restart();
    }
  });

  it("closes soon when the server is away, or silent", async () => {
    const server = await start();
    for (const disturb of [() => server.kill(), async () => server.pause()]) {
      const { bus, nats, close } = await natsBusAt(server.url);
      await bus.subscribe(() => {});
      const serving = await createNatsLink(nats).serve("one", async () => "");
      await disturb();
      await serving.close();
      await close();
      await server.restart();
    }
  });

  it("answers a ping with the reason when JetStream is silent, or not there", async () => {
    const server = await start();
    const { bus } = await natsBusAt(server.url);
    server.pause();
    const message = expect.stringContaining("does not answer in time");
    await eventually(() => expect(bus.ping(200)).rejects.toMatchObject({ message }));
    server.resume();
    await bus.ping(5_000);
    const without = await start({ config: "accounts { A { users: [{ user: a, password: a }] } }\nno_auth_user: a" });
    const plain = await natsBusAt(without.url);
    await expect(plain.bus.ping(1_000)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(/JetStream|jetstream/),
    });
  });
});
