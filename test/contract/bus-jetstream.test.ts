import { beforeAll } from "vitest";
import { managerOf } from "../../src/messaging/jetstream/streams.ts";
import { describeNats } from "../support/describe-nats.ts";
import { natsBusAt } from "../support/nats-buses.ts";
import { type NatsServer, startNatsServer } from "../support/nats-server.ts";
import { busContract } from "./bus.ts";

describeNats("the JetStream bus", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });

  busContract(async () => {
    const [one, two] = [await natsBusAt(server.url), await natsBusAt(server.url)];
    await one.bus.retained();
    return {
      bus: one.bus,
      other: two.bus,
      async dispose() {
        await (await managerOf(one.nats.client())).streams.delete("EVENTS");
        await Promise.all([one.close(), two.close()]);
      },
    };
  });
});
