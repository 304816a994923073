import { inSpans, traceparentIn } from "../kernel/tracing.ts";
import type { Bus } from "./bus.ts";

/** The bus, with a span for each traced event that is published on it. */
export function traceFeed(bus: Bus): Bus {
  return {
    get description() {
      return bus.description;
    },
    reach: bus.reach,
    publish: (events, after) =>
      inSpans(
        { name: "feed publish", kind: "PRODUCER" },
        events.flatMap(({ metadata }) => traceparentIn(metadata) ?? []),
        () => bus.publish(events, after),
      ),
    subscribe: (handle) => bus.subscribe(handle),
    retained: () => bus.retained(),
    ping: (deadlineMs) => bus.ping(deadlineMs),
    close: () => bus.close(),
  };
}
