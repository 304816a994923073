/** `statewright.v1.ActorService`: every actor, of whatever machine. */
import type { JsonObject, MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type ActorRef as ActorRefMessage,
  type ActorSchema,
  type ActorService,
  ActorStatus,
  type EventSchema,
} from "../../../proto/gen/statewright/v1/actor_service_pb.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import { type ActorRef, streamOf } from "../../kernel/ids.ts";
import type { StoredEvent } from "../../projection/projection.ts";
import type { ActorSnapshot } from "../../runtime/receipt.ts";
import { actorEvents } from "../../shop/actor-events.ts";
import { followActor } from "../../shop/follow-actor.ts";
import { propose } from "../../shop/propose.ts";
import { readJson } from "../strict-json.ts";
import type { GrpcDependencies } from "./dependencies.ts";
import { nextPageToken, readPageRequest } from "./pages.ts";
import { expectedVersionOf } from "./writes.ts";

const STATUS_OF: Readonly<Record<ActorSnapshot["status"], ActorStatus>> = {
  active: ActorStatus.ACTIVE,
  done: ActorStatus.DONE,
  error: ActorStatus.ERROR,
  stopped: ActorStatus.STOPPED,
};

export function actorMethods({ system, consistency, access }: GrpcDependencies): ServiceImpl<typeof ActorService> {
  const refFrom = (message: ActorRefMessage | undefined): ActorRef => {
    // The rules of the messages have seen to it that it is there.
    const { type = "", id = "" } = message ?? {};
    access?.requireActorInSight(type);
    return { type, id };
  };
  return {
    async propose(request) {
      const { eventType: type, data = {}, messageId } = request;
      // The rules of JSON hold for it as they hold for what comes in as JSON.
      const event = { ...readJson(JSON.stringify(data)) as JsonObject, type };
      const { outcome, version, position, state, recordedAt } = await propose(system, refFrom(request.actor), event, {
        messageId: messageId || undefined,
        expectedVersion: expectedVersionOf(request),
      });
      consistency.told(position);
      return {
        receipt: {
          version: BigInt(version),
          position: BigInt(position),
          state,
          recordTime: timestampFromMs(recordedAt),
          consistencyToken: String(position),
          duplicate: outcome === "duplicate",
        },
      };
    },

    async getActor({ actor }) {
      const { type, id } = refFrom(actor);
      const snapshot = await system.actor(type, id).snapshot();
      if (snapshot === undefined) throw new StatewrightError("NOT_FOUND", `There is no such ${type}`);
      return { actor: actorMessage(snapshot) };
    },

    async listEvents(request) {
      const ref = refFrom(request.actor);
      const list = `events of ${streamOf(ref)}`;
      const { items, next } = await actorEvents(system, ref, readPageRequest(list, request));
      return { events: items.map(eventMessage), nextPageToken: nextPageToken(list, next) };
    },

    async *watchActor({ actor, afterPosition }, { signal }) {
      for await (const event of await followActor(system, refFrom(actor), { after: Number(afterPosition), signal })) {
        yield { event: eventMessage(event) };
      }
    },
  };
}

function actorMessage(snapshot: ActorSnapshot): MessageInitShape<typeof ActorSchema> {
  const { ref, version, position, state, status, tags, context, createdAt, updatedAt } = snapshot;
  return {
    ref,
    version: BigInt(version),
    position: BigInt(position),
    state,
    status: STATUS_OF[status],
    tags: [...tags],
    context: context as JsonObject,
    allowedEvents: snapshot.allowed("operator"),
    createTime: timestampFromMs(createdAt),
    updateTime: timestampFromMs(updatedAt),
  };
}

function eventMessage(event: StoredEvent): MessageInitShape<typeof EventSchema> {
  const { id = "" } = JSON.parse(event.metadata) as { id?: string };
  return {
    type: event.type,
    data: JSON.parse(event.data) as JsonObject,
    version: BigInt(event.version),
    position: BigInt(event.position),
    state: event.state,
    recordTime: timestampFromMs(event.recordedAt),
    messageId: id,
  };
}
