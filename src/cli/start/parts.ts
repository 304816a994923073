import type { Config } from "../../config.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { Metrics } from "../../kernel/metrics.ts";
import type { PostgresStore } from "../../store/postgres/postgres-store.ts";
import type { Lifetime } from "./lifetime.ts";

/** What every part of this process is given. */
export interface Parts {
  readonly config: Config;
  readonly store: PostgresStore;
  readonly life: Lifetime;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly nodeId: string;
}
