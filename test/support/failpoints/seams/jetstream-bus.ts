/** The bus over JetStream, with failpoints around what the relay publishes. */
import type { Bus } from "../../../../src/messaging/bus.ts";
import {
  createJetStreamBus as create,
  type JetStreamBusOptions,
} from "../../../../src/messaging/jetstream/jetstream-bus.ts";
import { passing } from "../failpoint.ts";

export function createJetStreamBus(options: JetStreamBusOptions): Bus {
  const bus = create(options);
  const publish: Bus["publish"] = async (events, after) => {
    passing("relay before publish");
    const mark = await bus.publish(events, after);
    passing("relay after ack");
    return mark;
  };
  // Not copied, because its description changes.
  return Object.assign(Object.create(bus) as Bus, { publish });
}
