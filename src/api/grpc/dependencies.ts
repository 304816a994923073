import type { DoorDependencies } from "../dependencies.ts";
import type { HealthCheck } from "../readiness.ts";
import type { ObserveRequest } from "../requests.ts";

/** What the gRPC door needs of the rest of the house: a part of what the REST door needs. */
export interface GrpcDependencies
  extends
    Pick<DoorDependencies, "system" | "readModels" | "consistency" | "findRequest" | "clock" | "logger" | "access"> {
  /** What this process itself still lacks before traffic makes sense, a sentence each; none means ready. */
  notReady(): Promise<readonly string[]>;
  /** What else the health service looks at. */
  readonly checks?: readonly HealthCheck[];
  /** One for all doors; see `api/requests.ts`. */
  readonly observe?: ObserveRequest;
}
