/**
 * The doors to the shop: REST, GraphQL, Connect and gRPC-Web on the HTTP port, the inspector beside them, and gRPC on a
 * port of its own.
 */
import type { Access } from "../../api/access.ts";
import { asyncApiOf } from "../../api/asyncapi.ts";
import { createConsistency } from "../../api/consistency.ts";
import { withCors } from "../../api/cors.ts";
import { createGraphQLDoor } from "../../api/graphql/door.ts";
import { createGrpcDoor } from "../../api/grpc/door.ts";
import { observeRequests } from "../../api/requests.ts";
import { createRestApp } from "../../api/rest/app.ts";
import { createLogger } from "../../kernel/logger.ts";
import type { Bus } from "../../messaging/bus.ts";
import type { TaskQueues } from "../../messaging/task-queues.ts";
import { createOperations } from "../../runtime/create-operations.ts";
import { createPast } from "../../runtime/past.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { shopProjections } from "../../shop/projections/shop-projections.ts";
import { healthChecks } from "./checks.ts";
import type { GrpcListener } from "./grpc-listener.ts";
import { openInspector } from "./inspector.ts";
import type { Listener } from "./listen.ts";
import { openAccess } from "./open-access.ts";
import type { Parts } from "./parts.ts";
import type { PaymentService } from "./payment-provider.ts";
import type { Readers } from "./readers.ts";
import { describeVersion, productVersion } from "./version.ts";

/** How long requests under way may take at the end. */
const DRAIN_MS = 2_000;

export interface DoorParts extends Parts, Readers {
  readonly bus: Bus;
  readonly queues: TaskQueues;
  readonly runtime: Runtime;
  readonly payments: PaymentService;
  /** Undefined when there is nothing to wait for. */
  readonly seeding: Promise<unknown> | undefined;
}

export function openDoors(http: Listener, grpc: GrpcListener, parts: DoorParts): void {
  const { config, store, runtime, projector, payments, queues, life, bus, nodeId } = parts;
  const { definitions } = runtime;
  const access = accessOf(parts);
  const operations = createOperations({ store, actors: definitions, ask: runtime.ask });
  const open = {
    ...parts,
    system: runtime,
    past: createPast(definitions, store),
    readModels: store,
    consistency: createConsistency(projector),
    findRequest: store.findRequest.bind(store),
    deadLetters: store.deadLetters.bind(store),
    notReady: readiness(parts),
    checks: healthChecks({ ...parts, projections: shopProjections.map(({ name }) => name) }),
    observe: observeRequests(parts),
  };
  const shared = access ? access.guarded(open) : open;
  const rest = createRestApp({
    ...shared,
    version: describeVersion({ node: nodeId, store, bus, definitions }),
    asyncapi: asyncApiOf(definitions, productVersion()),
    queues: access ? access.guardedOffice(queues) : queues,
    operations,
    charges: payments.client,
    ...(payments.demo && { demoCharges: payments.demo.charges }),
  });
  const rpc = createGrpcDoor(shared);
  grpc.open(rpc.onRequest);
  const graphql = createGraphQLDoor(shared);
  const inspector = openInspector({ ...parts, operations }, access);
  const doors = graphql.fetchBefore(rpc.fetchBefore(rest.fetch));
  http.open(inspector.fetchBefore(withCors(config.corsOrigins, doors)), graphql.onUpgrade);
  life.onEnd(async () => {
    rpc.endStreams();
    graphql.endStreams();
    await inspector.stop();
    await Promise.all([http.close(DRAIN_MS), grpc.close(DRAIN_MS)]);
  });
}

/** Undefined when nobody has to say who they are. What staff do is written down whatever else is. */
function accessOf({ config: { auth, logLevel }, clock, nodeId, store }: DoorParts): Access | undefined {
  const auditLevel = logLevel === "silent" ? "silent" : "info";
  return auth && openAccess(auth, clock, store, createLogger(auditLevel, { node: nodeId }));
}

function readiness({ seeding, life }: DoorParts): () => Promise<string[]> {
  const missing = new Set(seeding ? ["The demo orders are being placed"] : []);
  void seeding?.then(() => missing.clear(), () => {});
  return async () => life.end.aborted ? ["This process is ending"] : [...missing];
}
