/**
 * Traces: work inside a span, and the `traceparent` (W3C) that carries it over what no call stack spans: a row, a message,
 * a timer, another process. Traces begin at the doors. Further in, work has a span only when its cause has a sampled one;
 * anything else costs a comparison, and stores nothing. Who collects the spans is the composition root's business.
 */
import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from "@opentelemetry/api";
import { StatewrightError } from "./errors.ts";

export interface SpanDescription {
  /** Of few kinds: names of types and routes, no ids. */
  readonly name: string;
  readonly kind: keyof typeof SpanKind;
  readonly attributes?: Attributes;
}

/** The span that work runs in. */
export interface RunningSpan {
  /** What to hand on; undefined when there is no trace, or when it is not sampled. */
  readonly traceparent: string | undefined;
  rename(name: string): void;
  set(attribute: string, value: string | number | boolean): void;
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const MEMBER = '"traceparent":"';
const NO_SPAN: RunningSpan = { traceparent: undefined, rename() {}, set() {} };

const tracer = trace.getTracer("statewright");

/** Works inside a new span under its cause. Without a cause that is traced, it only works. */
export function inSpan<T>(
  description: SpanDescription,
  cause: string | undefined,
  work: (span: RunningSpan) => Promise<T>,
): Promise<T> {
  const parent = cause === undefined ? undefined : sampledContextOf(cause);
  // What is active belongs to whoever called first, which need not be the cause.
  return parent === undefined
    ? context.with(ROOT_CONTEXT, work, undefined, NO_SPAN)
    : run(description, trace.setSpanContext(ROOT_CONTEXT, parent), work);
}

/** As `inSpan`, at a door: without a caller's trace, a new one may begin here. */
export function inTrace<T>(
  description: SpanDescription,
  caller: string | undefined,
  work: (span: RunningSpan) => Promise<T>,
): Promise<T> {
  const parent = caller === undefined ? undefined : contextOf(caller);
  return run(description, parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent), work);
}

/** Works once for many causes: each that is traced gets a span over the whole of it. */
export async function inSpans<T>(
  { name, kind, attributes = {} }: SpanDescription,
  causes: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const parents = causes.flatMap((cause) => sampledContextOf(cause) ?? []);
  const spans = parents.map((parent) =>
    tracer.startSpan(name, { kind: SpanKind[kind], attributes }, trace.setSpanContext(ROOT_CONTEXT, parent))
  );
  try {
    return await work();
  } catch (thrown) {
    for (const span of spans) fail(span, thrown);
    throw thrown;
  } finally {
    for (const span of spans) span.end();
  }
}

/** The `traceparent` of the span that is active here; undefined when there is none, or when it is not sampled. */
export function currentTraceparent(): string | undefined {
  const active = trace.getActiveSpan();
  return active && traceparentOf(active.spanContext());
}

/** The `traceparent` in an event's metadata, without reading all of it: most events have none. */
export function traceparentIn(metadata: string): string | undefined {
  const at = metadata.indexOf(MEMBER);
  return at < 0 ? undefined : metadata.slice(at + MEMBER.length, metadata.indexOf('"', at + MEMBER.length));
}

/** The 32 hex digits that name the trace; undefined for what is no `traceparent`. */
export function traceIdIn(traceparent: string | undefined): string | undefined {
  return traceparent === undefined ? undefined : contextOf(traceparent)?.traceId;
}

async function run<T>(
  { name, kind, attributes = {} }: SpanDescription,
  parent: Context,
  work: (span: RunningSpan) => Promise<T>,
): Promise<T> {
  const span = tracer.startSpan(name, { kind: SpanKind[kind], attributes }, parent);
  const running: RunningSpan = {
    traceparent: traceparentOf(span.spanContext()),
    rename: (text) => void span.updateName(text),
    set: (attribute, value) => void span.setAttribute(attribute, value),
  };
  try {
    return await context.with(trace.setSpan(parent, span), work, undefined, running);
  } catch (thrown) {
    fail(span, thrown);
    throw thrown;
  } finally {
    span.end();
  }
}

/** The code and not the text, which may quote what somebody sent. */
function fail(span: Span, thrown: unknown): void {
  span.setAttribute("error.type", StatewrightError.from(thrown).code);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function sampledContextOf(traceparent: string): SpanContext | undefined {
  const found = contextOf(traceparent);
  return found !== undefined && isSampled(found) ? found : undefined;
}

function contextOf(traceparent: string): SpanContext | undefined {
  const [, traceId = "", spanId = "", flags = ""] = TRACEPARENT.exec(traceparent) ?? [];
  const found = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(found) ? found : undefined;
}

function traceparentOf(found: SpanContext): string | undefined {
  return isSpanContextValid(found) && isSampled(found) ? `00-${found.traceId}-${found.spanId}-01` : undefined;
}

function isSampled({ traceFlags }: SpanContext): boolean {
  return (traceFlags & TraceFlags.SAMPLED) !== 0;
}
