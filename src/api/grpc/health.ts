/** `grpc.health.v1.Health`: what `/readyz` says, for tools that speak gRPC. */
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "../../../proto/gen/grpc/health/v1/health_pb.ts";
import { sleep } from "../../kernel/clock.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import { readinessOf } from "../readiness.ts";
import type { GrpcDependencies } from "./dependencies.ts";

const LOOK_EVERY_MS = 1_000;

/** @param services the full names that may be asked for, besides the whole */
export function healthMethods(
  { notReady, checks = [], clock, logger }: GrpcDependencies,
  services: readonly string[],
): ServiceImpl<typeof Health> {
  async function statusNow(): Promise<ServingStatus> {
    const lacking = await notReady().catch(() => ["It cannot be told"]);
    if (lacking.length > 0) return ServingStatus.NOT_SERVING;
    const { status } = await readinessOf(checks, { clock, logger });
    return status === "notReady" ? ServingStatus.NOT_SERVING : ServingStatus.SERVING;
  }
  const isKnown = (service: string) => service === "" || services.includes(service);

  return {
    async check({ service }) {
      if (!isKnown(service)) throw new StatewrightError("NOT_FOUND", "There is no such service here");
      return { status: await statusNow() };
    },
    async *watch({ service }, { signal }) {
      for (let told: ServingStatus | undefined; !signal.aborted; await sleep(clock, LOOK_EVERY_MS)) {
        const status = isKnown(service) ? await statusNow() : ServingStatus.SERVICE_UNKNOWN;
        if (status !== told) yield { status };
        told = status;
      }
    },
  };
}
