import type { Metrics } from "../../kernel/metrics.ts";
import type { TaskOffice } from "../../messaging/task-queues.ts";
import type { Operations } from "../../runtime/operations.ts";
import type { ChargeBooks } from "../../shop/payments/provider.ts";
import type { DoorDependencies } from "../dependencies.ts";
import type { HealthCheck } from "../readiness.ts";
import type { ObserveRequest } from "../requests.ts";
import type { Version } from "./version.ts";

/** What the REST door needs of the rest of the house. */
export interface RestDependencies extends DoorDependencies {
  /** What this process itself still lacks before traffic makes sense, a sentence each; none means ready. */
  notReady(): Promise<readonly string[]>;
  /** What else `/readyz` looks at. */
  readonly checks?: readonly HealthCheck[];
  /** One for all doors; see `api/requests.ts`. */
  readonly observe?: ObserveRequest;
  /** Served at `/metrics`. */
  readonly metrics?: Metrics;
  /** Served at `/v1/version`. */
  readonly version?: Version;
  /** Served at `/asyncapi.json`; see `api/asyncapi.ts`. */
  readonly asyncapi?: object;
  /** The task queues, for operators. */
  readonly queues?: TaskOffice;
  /** Why actors wait, and mending, for operators. */
  readonly operations?: Operations;
  /** The payment provider's books, when they can be looked into. */
  readonly charges?: ChargeBooks;
  /** The books of the demo payment provider, when there is one. */
  readonly demoCharges?: () => Promise<readonly object[]>;
}
