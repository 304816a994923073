/**
 * The public surface: bring your own machine, and it is durable. Everything that is promised is written out here;
 * whatever else lies in the folders may change. `docs/bring-your-own-machine.md` shows it in use.
 */
export { actorRef } from "../machines/actor-ref.ts";
export { type ErrorCode, StatewrightError } from "./kernel/errors.ts";
export { type Clock, systemClock } from "./kernel/clock.ts";
export { type ActorRef, newId } from "./kernel/ids.ts";
export { createLogger, type Logger, silentLogger } from "./kernel/logger.ts";
export { createManualClock, type ManualClock } from "./kernel/manual-clock.ts";
export { NonRetryableError } from "./runtime/activities.ts";
export {
  type Activity,
  type ActivityContext,
  type ActorDefinition,
  defineActor,
  type EventDeclaration,
  type Proposer,
  type RetryPolicy,
} from "./runtime/definition.ts";
export { type Consequence, given, type Scenario } from "./runtime/given.ts";
export type { MachineEvent } from "./runtime/machine-event.ts";
export type {
  Accepted,
  ActorHandle,
  ActorSnapshot,
  ProposalOptions,
  Receipt,
  RefusalReason,
  Refused,
} from "./runtime/receipt.ts";
export { createRuntime, type Runtime, type RuntimeOptions } from "./runtime/runtime.ts";
export { createMemoryStore } from "./store/memory/memory-store.ts";
export { migrate } from "./store/postgres/migrate.ts";
export { openPostgresStore, type PostgresStore, type PostgresStoreOptions } from "./store/postgres/postgres-store.ts";
export type { Store, StoredEvent } from "./store/store.ts";
