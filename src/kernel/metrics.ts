/**
 * What can be counted, in Prometheus' names and units: `statewright_<what>_<unit>`, seconds and bytes, `_total` for what
 * only rises. Instruments are made once, where the thing that they measure is made; a name is used by one maker.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

export type Labels = Readonly<Record<string, string>>;

export interface Metrics {
  /** A number that only rises. */
  counter(name: string, help: string, labelNames?: readonly string[]): CounterMetric;
  /** Values that are read when somebody asks, so that they cost nothing before. A read that rejects is left out. */
  gauge(name: string, help: string, labelNames: readonly string[], read: () => Reading | Promise<Reading>): void;
  /** @param buckets upper bounds, in the unit of the name */
  histogram(name: string, help: string, buckets: readonly number[], labelNames?: readonly string[]): HistogramMetric;
  /** All of them, in Prometheus' text format. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** One value, or one for each set of labels. */
export type Reading = number | readonly { readonly labels: Labels; readonly value: number }[];

export interface CounterMetric {
  add(by?: number, labels?: Labels): void;
}

export interface HistogramMetric {
  observe(value: number, labels?: Labels): void;
}

/**
 * Metrics of their own: nothing is global.
 * @param ofProcess also the process's own, under the names that Prometheus' clients share: CPU, memory, files, event loop
 */
export function createMetrics({ ofProcess = false }: { readonly ofProcess?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (ofProcess) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    counter(name, help, labelNames = []) {
      const counter = new Counter({ name, help, labelNames: [...labelNames], registers });
      return { add: (by = 1, labels = {}) => counter.inc(labels, by) };
    },
    gauge(name, help, labelNames, read) {
      const gauge: Gauge = new Gauge({
        name,
        help,
        labelNames: [...labelNames],
        registers,
        collect: async () => {
          gauge.reset();
          // Without labels prom-client would say 0.
          gauge.remove({});
          const reading = await Promise.resolve().then(read).catch(() => []);
          if (typeof reading === "number") gauge.set(reading);
          else for (const { labels, value } of reading) gauge.set(labels, value);
        },
      });
    },
    histogram(name, help, buckets, labelNames = []) {
      const histogram = new Histogram({ name, help, buckets: [...buckets], labelNames: [...labelNames], registers });
      return { observe: (value, labels = {}) => histogram.observe(labels, value) };
    },
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

/** Counts nothing: for tests, and for embedding without an operator. */
export const noMetrics: Metrics = {
  counter: () => ({ add: () => {} }),
  gauge: () => {},
  histogram: () => ({ observe: () => {} }),
  render: async () => ({ contentType: "text/plain", text: "" }),
};
