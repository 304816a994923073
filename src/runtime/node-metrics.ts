/** What one node counts of itself. */
import { StatewrightError } from "../kernel/errors.ts";
import type { CounterMetric, Metrics } from "../kernel/metrics.ts";
import type { Receipt } from "./receipt.ts";
import type { SnapshotFlaw } from "./state-snapshot.ts";

export interface NodeGauges {
  members(): number;
  epoch(): number;
  residents(): number;
}

const OUTCOMES = {
  accepted: { outcome: "accepted" },
  duplicate: { outcome: "duplicate" },
  refused: { outcome: "refused" },
};

export class NodeMetrics {
  /** By result. */
  readonly forwarded: CounterMetric;
  readonly #proposals: CounterMetric;
  readonly #overloads: CounterMetric;
  readonly #snapshotsIgnored: CounterMetric;

  constructor(metrics: Metrics, gauges: NodeGauges) {
    this.#proposals = metrics.counter(
      "statewright_proposals_total",
      "Proposals from outside, by what came of them",
      ["outcome"],
    );
    this.#overloads = metrics.counter(
      "statewright_mailbox_refusals_total",
      "Proposals from outside that a full mailbox, or a node full of actors at work, did not take",
    );
    this.#snapshotsIgnored = metrics.counter(
      "statewright_snapshots_ignored_total",
      "Snapshots of actors that were not used: mismatch (not of the event they say), unreadable",
      ["reason"],
    );
    this.forwarded = metrics.counter(
      "statewright_forwarded_total",
      "Requests to other nodes, by what came of them: answered, failed, elsewhere, tooLarge, unreachable",
      ["result"],
    );
    metrics.gauge("statewright_members", "Nodes that are alive, this one included", [], () => gauges.members());
    metrics.gauge("statewright_node_epoch", "The epoch under which this node writes", [], () => gauges.epoch());
    metrics.gauge("statewright_resident_actors", "Actors in memory", [], () => gauges.residents());
  }

  answered({ outcome }: Receipt): void {
    this.#proposals.add(1, OUTCOMES[outcome]);
  }

  failed(thrown: unknown): void {
    this.#proposals.add(1, { outcome: "failed" });
    if (StatewrightError.from(thrown).code === "OVERLOADED") this.#overloads.add();
  }

  snapshotIgnored(flaw: SnapshotFlaw): void {
    this.#snapshotsIgnored.add(1, { reason: flaw });
  }
}
