/**
 * The public surface: bring your own machine, and it is durable. Everything that is promised is written out here;
 * whatever else lies in the folders may change. `docs/bring-your-own-machine.md` shows it in use.
 */
export { actorRef } from "../machines/actor-ref.ts";
export { type Clock, systemClock } from "./kernel/clock.ts";
export {
  type ErrorCode,
  type ErrorDetails,
  type FieldError,
  type PlainError,
  StatewrightError,
} from "./kernel/errors.ts";
export { type ActorRef, newId } from "./kernel/ids.ts";
export { createLogger, type Logger, silentLogger } from "./kernel/logger.ts";
export { createManualClock, type ManualClock } from "./kernel/manual-clock.ts";
export type { Random } from "./kernel/random.ts";
export type { Bus, FeedEvent, FeedSubscription } from "./messaging/bus.ts";
export { createInProcessBus } from "./messaging/in-process-bus.ts";
export { createInProcessLink } from "./messaging/in-process-link.ts";
export { type Nats, type NatsOptions, openNats } from "./messaging/jetstream/connection.ts";
export { createJetStreamTaskQueues } from "./messaging/jetstream/task-queues.ts";
export type { LinkServer, NodeLink } from "./messaging/node-link.ts";
export { createRemoteWork, workRemotely } from "./messaging/queued-remote-work.ts";
export { startRelay } from "./messaging/relay.ts";
export type { RemoteKind, RemoteOutcome, RemoteTask, RemoteWork } from "./messaging/remote-work.ts";
export { createStoredTaskQueues } from "./messaging/stored-task-queues.ts";
export {
  type DeadTask,
  type EnqueueOptions,
  type QueueStats,
  type TaskContext,
  type TaskHandler,
  type TaskPriority,
  type TaskQueue,
  type TaskQueues,
  type TaskWorker,
  type WorkOptions,
} from "./messaging/task-queues.ts";
export type { Projection, Transaction } from "./projection/projection.ts";
export { type Projector, type ProjectorOptions, startProjector } from "./projection/projector.ts";
export { type RebuildOptions, rebuildProjection } from "./projection/rebuild.ts";
export { createSubscriber, type Subscriber, type SubscriberOptions } from "./projection/subscriber.ts";
export type { Beginning, Subscription } from "./projection/subscription.ts";
export { NonRetryableError } from "./runtime/activities.ts";
export {
  type Activity,
  type ActivityContext,
  type ActorDefinition,
  defineActor,
  type DefinitionOf,
  type EventDeclaration,
  type EventSchema,
  type LocalActivity,
  type MachineVersion,
  type Proposer,
  type RemoteActivity,
  type RetryPolicy,
  type Upcaster,
} from "./runtime/definition.ts";
export type { Effect, OpenEffect } from "./runtime/effects.ts";
export { type Consequence, given, type Scenario, type ScenarioOptions } from "./runtime/given.ts";
export type { MachineEvent } from "./runtime/machine-event.ts";
export type {
  Accepted,
  ActorHandle,
  ActorSnapshot,
  ActorSystem,
  ProposalOptions,
  Receipt,
  RefusalReason,
  Refused,
  SubscriptionOptions,
} from "./runtime/receipt.ts";
export { createRuntime, type Runtime, type RuntimeOptions } from "./runtime/runtime.ts";
export { createMemoryStore } from "./store/memory/memory-store.ts";
export { migrate } from "./store/postgres/migrate.ts";
export { openPostgresStore, type PostgresStore, type PostgresStoreOptions } from "./store/postgres/postgres-store.ts";
export type { AnsweredRequest, DeadLetter, Member, RequestKey, Store, StoredEvent, WaitingRow } from "./store/store.ts";
export { checkMachine, type CheckOptions } from "./test-kit/check-machine.ts";
export type { MachineCoverage } from "./test-kit/coverage.ts";
export type { Arbitrary, FastCheck } from "./test-kit/fast-check.ts";
