/** Readers of the log, with a span for each traced event that they take in. */
import { inSpan, inSpans, traceparentIn } from "../kernel/tracing.ts";
import type { StoredEvent } from "../store/store.ts";
import type { Projection } from "./projection.ts";
import type { Subscription } from "./subscription.ts";

export function traceProjection(projection: Projection): Projection {
  return {
    ...projection,
    apply: (transaction, events) =>
      inSpans(
        { name: `projection ${projection.name}`, kind: "CONSUMER" },
        events.flatMap(({ metadata }) => traceparentIn(metadata) ?? []),
        () => projection.apply(transaction, events),
      ),
  };
}

export function traceSubscription(subscription: Subscription): Subscription {
  const description = { name: `subscription ${subscription.name}`, kind: "CONSUMER" } as const;
  const traced = ({ metadata }: StoredEvent, handle: () => Promise<void>) =>
    inSpan(description, traceparentIn(metadata), handle);
  return subscription.delivery === "effectively-once"
    ? {
      ...subscription,
      handle: (event, transaction) => traced(event, () => subscription.handle(event, transaction)),
    }
    : { ...subscription, handle: (event: StoredEvent) => traced(event, () => subscription.handle(event)) };
}
