/** Whether traffic makes sense here, and why not: one finding for each thing this node depends on. */
import { type Clock, sleep } from "../kernel/clock.ts";
import { plainError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";

export interface HealthCheck {
  readonly name: "store" | "bus" | "migrations" | "relay" | "projections" | "node";
  /** True when nothing goes on without it; otherwise the node is only degraded. */
  readonly needed: boolean;
  /** Says how it is, in words that anybody may read. A check that rejects, or takes longer than 2 s, has found nothing good. */
  check(): Promise<Health>;
}

export interface Health {
  readonly ok: boolean;
  readonly detail: string;
}

export interface Readiness {
  readonly status: "ready" | "degraded" | "notReady";
  readonly checks: readonly (Health & { readonly name: string })[];
}

const DEADLINE_MS = 2_000;
const NO_ANSWER: Health = { ok: false, detail: "It does not answer" };

/** Asks all of them at once. What a check rejects with is for the log alone. */
export async function readinessOf(
  checks: readonly HealthCheck[],
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<Readiness> {
  const findings = await Promise.all(checks.map(async ({ name, check }) => {
    try {
      const { ok, detail } = await Promise.race([check(), sleep(clock, DEADLINE_MS).then(() => NO_ANSWER)]);
      return { name, ok, detail };
    } catch (thrown) {
      logger.warn({ check: name, error: plainError(thrown) }, "a health check failed");
      return { name, ...NO_ANSWER };
    }
  }));
  const bad = checks.filter((_, i) => !findings[i]!.ok);
  const status = bad.length === 0 ? "ready" : bad.some(({ needed }) => needed) ? "notReady" : "degraded";
  return { status, checks: findings };
}
