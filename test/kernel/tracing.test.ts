/** Without anybody who collects spans, as most processes run. `test/e2e/traces.test.ts` has the other case. */
import { describe, expect, test } from "vitest";
import { currentTraceparent, inSpan, inSpans, inTrace, traceIdIn, traceparentIn } from "../../src/kernel/tracing.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SAMPLED = `00-${TRACE}-00f067aa0ba902b7-01`;
const UNSAMPLED = `00-${TRACE}-00f067aa0ba902b7-00`;
const what = { name: "work", kind: "INTERNAL" } as const;

describe("a traceparent", () => {
  test.each([
    [SAMPLED, TRACE],
    [UNSAMPLED, TRACE],
    [undefined, undefined],
    ["", undefined],
    ["hello", undefined],
    [`00-${"0".repeat(32)}-00f067aa0ba902b7-01`, undefined],
    [`00-${TRACE}-${"0".repeat(16)}-01`, undefined],
    [`01-${TRACE}-00f067aa0ba902b7-01`, undefined],
    [SAMPLED.toUpperCase(), undefined],
    [`${SAMPLED}\n`, undefined],
  ])("%s is of trace %s", (traceparent, traceId) => {
    expect(traceIdIn(traceparent)).toBe(traceId);
  });

  test("is found in an event's metadata", () => {
    expect(traceparentIn(JSON.stringify({ correlation: "a", traceparent: SAMPLED, node: 1 }))).toBe(SAMPLED);
    expect(traceparentIn(JSON.stringify({ correlation: "a", node: 1 }))).toBeUndefined();
  });
});

describe("work", () => {
  test("hands on the caller's trace when it is sampled, and nothing otherwise", async () => {
    const heard = (cause: string | undefined) => inSpan(what, cause, async ({ traceparent }) => traceparent);
    expect(await heard(SAMPLED)).toBe(SAMPLED);
    expect(await heard(UNSAMPLED)).toBeUndefined();
    expect(await heard(undefined)).toBeUndefined();
    expect(await heard("hello")).toBeUndefined();
    expect(await inTrace(what, SAMPLED, async ({ traceparent }) => traceparent)).toBe(SAMPLED);
    expect(await inTrace(what, undefined, async ({ traceparent }) => traceparent)).toBeUndefined();
    expect(currentTraceparent()).toBeUndefined();
  });

  test("answers and fails as it does without a span", async () => {
    const fault = new Error("no");
    const fail = () => Promise.reject(fault);
    for (const cause of [SAMPLED, undefined]) {
      expect(
        await inSpan(what, cause, async (span) => {
          span.rename("other");
          span.set("a", 1);
          return 7;
        }),
      ).toBe(7);
      await expect(inSpan(what, cause, fail)).rejects.toBe(fault);
      await expect(inTrace(what, cause, fail)).rejects.toBe(fault);
      await expect(inSpans(what, cause === undefined ? [] : [cause, "hello"], fail)).rejects.toBe(fault);
    }
    expect(await inSpans(what, [SAMPLED], async () => 7)).toBe(7);
  });
});
