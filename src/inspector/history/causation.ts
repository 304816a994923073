/** Which event led to which: everything of one correlation id as a tree. */
import type { Correlated, CorrelatedRow } from "./correlated.ts";
import { causationOf } from "./step-row.ts";

export interface CausationNode {
  /** `<stream>/<version>` */
  readonly event: string;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly state: string;
  readonly at: number;
  readonly children: readonly CausationNode[];
}

/** Roots are the events whose cause is not among them. */
export function causationTree({ rows }: Correlated): CausationNode[] {
  const nameOf = ({ stream, version }: CorrelatedRow) => `${stream}/${version}`;
  const names = new Set(rows.map(nameOf));
  const byCause = Map.groupBy(rows, (row) => {
    const cause = causationOf(row.stream, row.metadata);
    return cause !== undefined && names.has(cause) && cause !== nameOf(row) ? cause : "";
  });
  const nodeOf = (row: CorrelatedRow): CausationNode => {
    const { stream, version, type, state, at } = row;
    const event = nameOf(row);
    return { event, stream, version, type, state, at, children: (byCause.get(event) ?? []).map(nodeOf) };
  };
  return (byCause.get("") ?? []).map(nodeOf);
}
