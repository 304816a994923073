import { describe, expect, test } from "vitest";
import { createMetrics, noMetrics } from "../../src/kernel/metrics.ts";

const samples = (text: string) => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

describe("metrics", () => {
  test("count, measure and read, each with its help and type", async () => {
    const metrics = createMetrics();
    const letters = metrics.counter("letters_total", "Letters", ["reason"]);
    letters.add(1, { reason: "late" });
    letters.add(2, { reason: "late" });
    metrics.counter("beats_total", "Beats").add();
    metrics.histogram("turn_seconds", "Turns", [0.1, 1]).observe(0.5);
    metrics.gauge("lag_events", "Lag", [], () => 7);
    metrics.gauge("parked_events", "Parked", ["reader"], async () => [{ labels: { reader: "a" }, value: 1 }]);

    const { contentType, text } = await metrics.render();
    expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain("# HELP letters_total Letters\n# TYPE letters_total counter\n");
    expect(samples(text)).toEqual([
      'letters_total{reason="late"} 3',
      "beats_total 1",
      'turn_seconds_bucket{le="0.1"} 0',
      'turn_seconds_bucket{le="1"} 1',
      'turn_seconds_bucket{le="+Inf"} 1',
      "turn_seconds_sum 0.5",
      "turn_seconds_count 1",
      "lag_events 7",
      'parked_events{reader="a"} 1',
    ]);
  });

  test("a gauge shows what is, not what was, and one that cannot be read is left out", async () => {
    const metrics = createMetrics();
    let readers = ["a", "b"];
    metrics.gauge(
      "parked_events",
      "Parked",
      ["reader"],
      () => readers.map((reader) => ({ labels: { reader }, value: 1 })),
    );
    metrics.gauge("broken_events", "Broken", [], () => Promise.reject(new Error("no answer")));
    expect(samples((await metrics.render()).text)).toHaveLength(2);
    readers = ["b"];
    expect(samples((await metrics.render()).text)).toEqual(['parked_events{reader="b"} 1']);
  });

  test("of two processes' worth do not mix, and a name has one maker", async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.counter("beats_total", "Beats").add();
    expect((await other.render()).text.trim()).toBe("");
    expect(() => one.counter("beats_total", "Beats")).toThrow("beats_total");
  });

  test("of the process come on every platform", async () => {
    const { text } = await createMetrics({ ofProcess: true }).render();
    for (
      const name of [
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "nodejs_eventloop_lag_p99_seconds",
        "nodejs_heap_size_used_bytes",
      ]
    ) {
      const value = new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1];
      expect(Number(value), name).toBeGreaterThanOrEqual(0);
    }
  });

  test("that nobody wants cost nothing and say nothing", async () => {
    noMetrics.counter("a", "").add();
    noMetrics.histogram("b", "", []).observe(1);
    noMetrics.gauge("c", "", [], () => expect.unreachable());
    expect((await noMetrics.render()).text).toBe("");
  });
});
