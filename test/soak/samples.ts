/** What the nodes say of themselves while they are soaked, and what it says about them. */
import type { ClusterNode } from "../support/cluster.ts";

/** Of one node at one moment. */
export interface Sample {
  /** Seconds since the soak began. */
  readonly at: number;
  readonly rssMb: number;
  readonly heapMb: number;
  readonly residents: number;
  /** The age of the oldest event that a reader of the log lacks, of the one that is furthest behind; and which it is. */
  readonly lagSeconds: number;
  readonly last: string;
}

const MB = 1024 * 1024;
const LAG = /^statewright_(relay|projection|subscription)_lag_seconds/;

/** With its garbage collected, so that what is left is in use. Undefined while the node does not answer. */
export async function sample(node: ClusterNode, at: number): Promise<Sample | undefined> {
  try {
    node.program.send({ collect: true });
    const text = await node.client.text("/metrics");
    const rows = text.split("\n").filter((row) => row !== "" && !row.startsWith("#")).map((row) => {
      const space = row.lastIndexOf(" ");
      return { name: row.slice(0, space), value: Number(row.slice(space)) };
    });
    const value = (wanted: string) => rows.find(({ name }) => name === wanted)!.value;
    const [last] = rows.filter(({ name }) => LAG.test(name)).toSorted((a, b) => b.value - a.value);
    return {
      at,
      rssMb: value("process_resident_memory_bytes") / MB,
      heapMb: value("nodejs_heap_size_used_bytes") / MB,
      residents: value("statewright_resident_actors"),
      lagSeconds: last?.value ?? 0,
      last: /"(.+)"/.exec(last?.name ?? "")?.[1] ?? "relay",
    };
  } catch {
    return undefined;
  }
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Slope {
  /** y per x. */
  readonly slope: number;
  /** Of the slope. */
  readonly standardError: number;
}

/** The straight line through the points, by least squares. Undefined for fewer than three, or when they have one x. */
export function slopeOf(points: readonly Point[]): Slope | undefined {
  const n = points.length;
  const mean = (value: (point: Point) => number) => points.reduce((sum, point) => sum + value(point), 0) / n;
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  const spread = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
  if (n < 3 || spread === 0) return undefined;
  const slope = points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0) / spread;
  const residue = points.reduce((sum, point) => sum + (point.y - y - slope * (point.x - x)) ** 2, 0);
  return { slope, standardError: Math.sqrt(residue / (n - 2) / spread) };
}
