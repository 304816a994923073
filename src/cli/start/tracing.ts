/**
 * Who collects the spans of this process: OpenTelemetry's SDK, loaded only here. What is not an option here (headers,
 * compression, certificates, resource attributes) the SDK reads from its own standard variables.
 */
import { context, diag, DiagLogLevel, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import type { Sampler } from "@opentelemetry/sdk-trace";
import type { SAMPLERS } from "../../environment.ts";
import { type Clock, sleep } from "../../kernel/clock.ts";
import type { Logger } from "../../kernel/logger.ts";

export interface TracingOptions {
  /** Where spans go by OTLP over HTTP (`http://localhost:4318/v1/traces`); undefined: nowhere. */
  readonly url: string | undefined;
  /** Undefined: what OTEL_RESOURCE_ATTRIBUTES says, else `statewright`. */
  readonly serviceName: string | undefined;
  readonly version: string;
  readonly nodeId: string;
  readonly sampler: (typeof SAMPLERS)[number];
  /** The share of new traces that is kept, for the samplers that take one; 0 to 1. */
  readonly sampledShare: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long the last spans may take on their way out. */
const FLUSH_MS = 2_000;

/**
 * Callers' traces are carried on from here, and exported when there is somewhere to. One a process.
 * @returns what sends the last spans and ends it, within 2 s
 */
export async function startTracing(options: TracingOptions): Promise<() => Promise<void>> {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  if (options.url === undefined) return async () => {};
  const { clock, logger } = options;
  const provider = await createProvider(options.url, options);
  const say = (message: string) => logger.warn({ detail: message }, "tracing");
  diag.setLogger({ error: say, warn: say, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);
  trace.setGlobalTracerProvider(provider);
  return () => Promise.race([provider.shutdown().catch(() => {}), sleep(clock, FLUSH_MS)]);
}

async function createProvider(url: string, { serviceName, version, nodeId, sampler, sampledShare }: TracingOptions) {
  const [sdk, { OTLPTraceExporter }, resources] = await Promise.all([
    import("@opentelemetry/sdk-trace"),
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/resources"),
  ]);
  const roots: Record<string, () => Sampler> = {
    always_on: () => new sdk.AlwaysOnSampler(),
    always_off: () => new sdk.AlwaysOffSampler(),
    traceidratio: () => new sdk.TraceIdRatioBasedSampler(sampledShare),
  };
  const root = roots[sampler.replace("parentbased_", "")]!();
  const ours = { "service.name": "statewright", "service.version": version, "service.instance.id": nodeId };
  const fromEnvironment = resources.detectResources({ detectors: [resources.resourceAttributesEnvDetector] });
  const named = serviceName === undefined ? {} : { "service.name": serviceName };
  return new sdk.TracerProvider({
    sampler: sampler.startsWith("parentbased_") ? new sdk.ParentBasedSampler({ root }) : root,
    resource: resources.resourceFromAttributes(ours).merge(fromEnvironment).merge(
      resources.resourceFromAttributes(named),
    ),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url }) })],
  });
}
