import { fc, test } from "@fast-check/vitest";
import type { Msg } from "@nats-io/transport-node";
import { beforeAll, expect, it } from "vitest";
import type { FeedEvent } from "../../src/messaging/bus.ts";
import { decodeEvent, encodeEvent, headersOf } from "../../src/messaging/jetstream/cloud-events.ts";
import type { Nats } from "../../src/messaging/jetstream/connection.ts";
import { eventSubject, token } from "../../src/messaging/jetstream/subjects.ts";
import { describeNats } from "../support/describe-nats.ts";
import { feedEvent, partsOf } from "../support/feed-events.ts";
import { natsAt } from "../support/nats-buses.ts";
import { startNatsServer } from "../support/nats-server.ts";

/** What a database can hold: no NUL, no half surrogate pairs. */
const text = fc.string({ unit: "binary", maxLength: 40 }).filter((each) => !each.includes("\0"));
const json = fc.jsonValue({ stringUnit: text, maxDepth: 2 }).map((value) => JSON.stringify(value));
const count = fc.integer({ min: 1, max: 2 ** 40 });

const events: fc.Arbitrary<FeedEvent> = fc.record({
  position: count,
  stream: fc.tuple(fc.stringMatching(/^[a-z][A-Za-z0-9]{0,20}$/), fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/))
    .map((parts) => parts.join("/")),
  version: count,
  type: text.filter((type) => type !== ""),
  data: json,
  metadata: fc.record({ correlation: text, causation: text, note: text }, { requiredKeys: [] })
    .map((metadata) => JSON.stringify(metadata)),
  state: text,
  recordedAt: fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) }),
});

describeNats("an event as a CloudEvent", () => {
  let nats: Nats;
  let received: (message: Msg) => void;
  beforeAll(async () => {
    nats = await natsAt((await startNatsServer()).url);
    await nats.listen("events.>", (message) => received(message));
    return () => nats.close();
  });

  /** Over the wire and back. */
  const carried = (event: FeedEvent, previous = 0) =>
    new Promise<Msg>((resolve) => {
      received = resolve;
      const message = encodeEvent(event, previous);
      nats.client().publish(message.subject, message.data, { headers: headersOf(message, "More", 1) });
    });

  test.prop([events])("is the same event again on the other side", async (event) => {
    expect(partsOf(decodeEvent(await carried(event)))).toEqual(event);
  });

  it("has the attributes that CloudEvents asks for, in binary mode", async () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const metadata = JSON.stringify({ correlation: "c 1", causation: "a/b/1", traceparent });
    const message = await carried(feedEvent(9, { type: "Größer 100 %", metadata }), 7);
    const { headers } = message;
    expect(Object.fromEntries(headers!.keys().map((name) => [name, headers!.get(name)]))).toEqual({
      "Nats-Msg-Id": "actor/a/9",
      "ce-specversion": "1.0",
      "ce-source": "/statewright",
      "ce-id": "actor/a/9",
      "ce-type": "Gr%C3%B6%C3%9Fer%20100%20%25",
      "ce-subject": "actor/a",
      "ce-time": "2026-01-01T00:00:00.009Z",
      "ce-position": "9",
      "ce-prevposition": "7",
      "ce-version": "9",
      "ce-state": "open.here%20|%20also.there",
      "ce-correlationid": "c%201",
      "ce-causationid": "a/b/1",
      traceparent,
      "Statewright-Metadata": metadata,
      More: "1",
    });
    expect(message.string()).toBe(feedEvent(9).data);
  });

  it("has no attribute for what is not known", async () => {
    const { headers } = await carried(feedEvent(1, { metadata: "{}", state: "" }));
    expect(headers!.keys()).not.toEqual(expect.arrayContaining(["ce-state"]));
    expect(headers!.keys()).not.toEqual(expect.arrayContaining(["ce-correlationid"]));
  });

  it("cannot smuggle headers in", async () => {
    const metadata = '{\n"note": "x"\r\n}';
    const message = await carried(feedEvent(1, { type: "A\r\nB: c", state: "\r\n\r\n", metadata }));
    expect(message.headers!.has("B")).toBe(false);
    expect(JSON.parse(decodeEvent(message).metadata)).toEqual({ note: "x" });
    expect(decodeEvent(message).state).toBe("\r\n\r\n");
  });

  it("says what is missing in a message that is none", async () => {
    const message = await new Promise<Msg>((resolve) => {
      received = resolve;
      nats.client().publish("events.actor.a.Forged", "{}");
    });
    const event = decodeEvent(message);
    expect(event.stream).toBe("actor/a");
    expect(() => event.position).toThrow("has no ce-position");
  });

  it("lies on a subject of four tokens, whatever its type is called", () => {
    expect(eventSubject("actor/a-1_B", "ThingHappened")).toBe("events.actor.a-1_B.ThingHappened");
    expect(eventSubject("actor/a", "xstate.after.1*>")).toBe("events.actor.a.xstate%2Eafter%2E1%2A%3E");
    expect(token("näher dran")).toBe("n%C3%A4her%20dran");
    expect(() => eventSubject("actor/a.b", "A")).toThrow("actor id");
  });
});
