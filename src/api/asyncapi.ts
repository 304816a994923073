/**
 * The feed as an AsyncAPI 3 document, made from the event schemas of the registered actors: what a subscriber in any
 * language finds on which subject.
 */
import { z } from "zod";
import type { ActorDefinition, EventDeclaration } from "../runtime/definition.ts";
import { OUTCOME_NAMES } from "../runtime/outcome-names.ts";

type Json = Readonly<Record<string, unknown>>;

/** @param version of the product */
export function asyncApiOf(definitions: readonly ActorDefinition[], version: string): Json {
  const events = definitions.flatMap(eventsOf);
  const each = (entry: (event: FeedEvent) => unknown) =>
    Object.fromEntries(events.map((event) => [event.key, entry(event)]));
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Statewright's feed",
      version,
      description:
        "Every committed event of every actor, broadcast on NATS JetStream as CloudEvents 1.0 in binary mode. " +
        "At least once; in the order of each actor. The log stays the truth: what is missed here can be read there.",
      license: { name: "Apache-2.0" },
    },
    defaultContentType: "application/json",
    servers: { nats: { host: "localhost:4222", protocol: "nats", description: "The one that NATS_URL names" } },
    channels: each(channelOf),
    operations: each(({ key }) => ({ action: "send", channel: { $ref: `#/channels/${key}` } })),
    components: {
      messages: each(messageOf),
      schemas: { CloudEvent: CLOUD_EVENT, Outcome: OUTCOME },
      parameters: { id: { description: "The actor's id: 1 to 128 of the characters A–Z a–z 0–9 _ -" } },
    },
  };
}

interface FeedEvent {
  /** Names it in the document. */
  readonly key: string;
  readonly actor: string;
  readonly type: string;
  /** Undefined for what the runtime records under names of its own. */
  readonly declaration: EventDeclaration | undefined;
}

function eventsOf({ type: actor, events }: ActorDefinition): FeedEvent[] {
  const declared = Object.entries(events).map(([type, declaration]) => ({ type, declaration }));
  const outcomes = [...OUTCOME_NAMES].map((type) => ({ type, declaration: undefined }));
  return [...declared, ...outcomes].map((event) => ({ key: `${actor}.${event.type}`, actor, ...event }));
}

function channelOf({ key, actor, type }: FeedEvent): Json {
  return {
    address: `events.${actor}.{id}.${type}`,
    parameters: { id: { $ref: "#/components/parameters/id" } },
    messages: { [type]: { $ref: `#/components/messages/${key}` } },
  };
}

function messageOf({ actor, type, declaration }: FeedEvent): Json {
  const who = declaration === undefined ? "recorded by the runtime" : `proposed by: ${declaration.by}`;
  return {
    name: type,
    title: `${actor} ${type}`,
    summary: `A fact in the life of an actor of type ${actor}; ${who}`,
    headers: { $ref: "#/components/schemas/CloudEvent" },
    payload: declaration === undefined ? { $ref: "#/components/schemas/Outcome" } : payloadOf(declaration),
  };
}

/** Schemas of other libraries are only known to check; nothing is promised of them then. */
function payloadOf({ schema }: EventDeclaration): Json {
  if (!(schema instanceof z.ZodType)) return { type: "object" };
  const { $schema: _, ...payload } = z.toJSONSchema(schema, {
    target: "draft-7",
    unrepresentable: "any",
    // JSON Schema's own words stand alone; ours are marked as an extension's.
    override({ jsonSchema }) {
      const { personal } = jsonSchema;
      if (personal === undefined) return;
      delete jsonSchema["personal"];
      jsonSchema["x-personal"] = personal;
    },
  });
  return payload;
}

const text = (description: string) => ({ type: "string", description });
const number = (description: string) => ({ type: "string", pattern: "^[0-9]+$", description });

/** As `messaging/jetstream/cloud-events.ts` writes them. */
const CLOUD_EVENT = {
  type: "object",
  required: ["Nats-Msg-Id", "ce-specversion", "ce-id", "ce-source", "ce-type", "ce-subject", "ce-time", "ce-position"],
  properties: {
    "Nats-Msg-Id": text("The event's id, by which JetStream drops repetitions"),
    "ce-specversion": { const: "1.0" },
    "ce-id": text("The event's id: <type>/<id>/<version>"),
    "ce-source": { const: "/statewright" },
    "ce-type": text("The event's type"),
    "ce-subject": text("The actor: <type>/<id>"),
    "ce-time": { type: "string", format: "date-time", description: "When it was committed, by the database's clock" },
    "ce-position": number("Its place in the whole log"),
    "ce-prevposition": number("The place of the event before it: when that one is unknown here, something was missed"),
    "ce-version": number("Its place among the events of its actor: 1, 2, 3 …"),
    "ce-state": text("The actor's state after it"),
    "ce-correlationid": text("What belongs together has the same"),
    "ce-causationid": text("The event that led to it: <type>/<id>/<version>"),
    "ce-metadata": text("All of its metadata, as JSON"),
    traceparent: text("The trace it belongs to (W3C), when it is traced"),
  },
};

const OUTCOME = {
  type: "object",
  required: ["event"],
  properties: {
    event: {
      type: "object",
      required: ["type"],
      properties: { type: text("What the machine sees: xstate.done.actor.…, xstate.error.actor.…, xstate.after.…") },
    },
  },
};
