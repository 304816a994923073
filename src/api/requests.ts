/** What every request leaves behind, whichever door it came through: a span, a count, a duration and a line in the log. */
import type { Clock } from "../kernel/clock.ts";
import { newId } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import { type Metrics, noMetrics } from "../kernel/metrics.ts";
import { inTrace, traceIdIn } from "../kernel/tracing.ts";

export interface RequestHead {
  readonly door: "rest" | "grpc" | "graphql";
  readonly method: string;
  /** The caller's trace (W3C), as it came; whatever is no trace is ignored. */
  readonly traceparent: string | undefined;
}

export interface RequestOutcome {
  /** The path's template (`/v1/orders/:id`) or the operation's name; never an id, never what a stranger made up. */
  readonly route: string;
  /** HTTP status, or the protocol's own code. */
  readonly status: string;
  /** True when it is our fault. */
  readonly failed: boolean;
}

/** @param work does the request; it is told the trace id that the log shows, 32 hex digits */
export type ObserveRequest = (head: RequestHead, work: (traceId: string) => Promise<RequestOutcome>) => Promise<void>;

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const LABELS = ["door", "method", "route", "status"];

/** Made once a process, for all its doors: its instruments have one maker. */
export function observeRequests(
  { clock, logger, metrics = noMetrics }: {
    readonly clock: Clock;
    readonly logger: Logger;
    readonly metrics?: Metrics;
  },
): ObserveRequest {
  const requests = metrics.counter("statewright_requests_total", "Requests that were answered", LABELS);
  const durations = metrics.histogram(
    "statewright_request_duration_seconds",
    "From the request to its answer",
    SECONDS,
    ["door", "route"],
  );
  return ({ door, method, traceparent: caller }, work) =>
    inTrace({ name: `${door} ${method}`, kind: "SERVER" }, caller, async (span) => {
      const startedAt = clock.now();
      const traceId = traceIdIn(span.traceparent ?? caller) ?? newId().replaceAll("-", "");
      const { route, status, failed } = await work(traceId);
      const ms = clock.now() - startedAt;
      span.rename(`${method} ${route}`);
      span.set("http.route", route);
      span.set("statewright.status", status);
      if (failed) span.set("error.type", status);
      requests.add(1, { door, method, route, status });
      durations.observe(ms / 1_000, { door, route });
      logger.info({ traceId, door, method, route, status, ms }, "request");
    });
}
