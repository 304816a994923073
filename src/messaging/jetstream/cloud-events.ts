/**
 * Events as CloudEvents 1.0 over NATS, in binary mode: the attributes are headers, the body is the event's data. There
 * is no content-type header, which would say that the whole message is one structured CloudEvent.
 */
import type { Msg, MsgHdrs } from "@nats-io/transport-node";
import { assert } from "../../kernel/assert.ts";
import { type FeedEvent, feedId } from "../bus.ts";
import { eventSubject, streamOfSubject } from "./subjects.ts";

export interface EventMessage {
  /** Visible ASCII. */
  readonly id: string;
  readonly subject: string;
  /** The headers as they travel, one a line, without the empty line at the end. */
  readonly head: string;
  readonly data: Uint8Array;
}

/** The part of an event's metadata that others understand. */
interface Trail {
  readonly correlation?: unknown;
  readonly causation?: unknown;
  readonly traceparent?: unknown;
}

/** What CloudEvents has no place for; JSON, which is legal in a header as it stands once it has no line breaks. */
const METADATA = "Statewright-Metadata";

const encoder = new TextEncoder();

/** @param previous the position in the log of the event before it, by which a receiver sees that it has missed some */
export function encodeEvent(event: FeedEvent, previous: number): EventMessage {
  const { stream, version, type, state, position, recordedAt, metadata } = event;
  const id = feedId(event);
  const { correlation, causation, traceparent }: Trail = JSON.parse(metadata);
  const head = "NATS/1.0\r\n" +
    `Nats-Msg-Id: ${id}\r\n` +
    `ce-specversion: 1.0\r\nce-source: /statewright\r\n` +
    `ce-id: ${id}\r\n` +
    `ce-subject: ${stream}\r\n` +
    `ce-time: ${new Date(recordedAt).toISOString()}\r\n` +
    `ce-position: ${position}\r\nce-prevposition: ${previous}\r\nce-version: ${version}\r\n` +
    line("ce-type", type) +
    line("ce-state", state) +
    line("ce-correlationid", correlation) +
    line("ce-causationid", causation) +
    line("traceparent", traceparent) +
    `${METADATA}: ${metadata.replaceAll(/[\r\n]/g, " ")}\r\n`;
  return { id, subject: eventSubject(stream, type), head, data: encoder.encode(event.data) };
}

/** An attribute of CloudEvents is never empty: then it is not there. */
function line(name: string, value: unknown): string {
  return typeof value === "string" && value !== "" ? `${name}: ${escaped(value)}\r\n` : "";
}

/**
 * The head of a message, and one header more, for the client. Of the headers of what it sends the client asks only
 * for the bytes; a map of them, which it would make those bytes from, costs as much as all the rest of a message.
 */
export function headersOf({ head }: EventMessage, name: string, value: string | number): MsgHdrs {
  const bytes = encoder.encode(`${head}${name}: ${value}\r\n\r\n`);
  return { encode: () => bytes } as unknown as MsgHdrs;
}

/**
 * A message of the feed as an event. Most receivers look at the stream and forget the rest, so each part is read only
 * when it is asked for; what is missing throws then.
 */
export function decodeEvent(message: Pick<Msg, "subject" | "headers" | "data" | "string">): FeedEvent {
  return new ReceivedEvent(message);
}

class ReceivedEvent implements FeedEvent {
  readonly #message: Pick<Msg, "subject" | "headers" | "data" | "string">;
  readonly stream: string;

  constructor(message: Pick<Msg, "subject" | "headers" | "data" | "string">) {
    this.#message = message;
    this.stream = streamOfSubject(message.subject);
  }

  get position(): number {
    return this.#number("ce-position");
  }
  get version(): number {
    return this.#number("ce-version");
  }
  get type(): string {
    return this.#text("ce-type");
  }
  get state(): string {
    return attribute(this.#message.headers, "ce-state") ?? "";
  }
  get metadata(): string {
    const value = this.#message.headers?.get(METADATA);
    assert(value, `a message on ${this.#message.subject} has no ${METADATA}`);
    return value;
  }
  get recordedAt(): number {
    return Date.parse(this.#text("ce-time"));
  }
  get data(): string {
    return this.#message.string();
  }

  #text(name: string): string {
    const value = attribute(this.#message.headers, name);
    assert(value !== undefined, `a message on ${this.#message.subject} has no ${name}`);
    return value;
  }

  #number(name: string): number {
    const value = Number(this.#text(name));
    assert(Number.isSafeInteger(value), `${name} on ${this.#message.subject} is no whole number`);
    return value;
  }
}

/** Which event a message is, if it is one. */
export function identityOf(attributes: MsgHdrs | undefined): { position: number; id: string } | undefined {
  const id = attribute(attributes, "ce-id");
  const position = Number(attribute(attributes, "ce-position"));
  return id !== undefined && Number.isSafeInteger(position) ? { position, id } : undefined;
}

function attribute(attributes: MsgHdrs | undefined, name: string): string | undefined {
  const value = attributes?.get(name);
  if (value === undefined || value === "") return undefined;
  return value.includes("%") ? decodeURIComponent(value) : value;
}

/** As CloudEvents' HTTP binding: everything but visible ASCII, the quotation mark and the percent sign itself. */
function escaped(value: string): string {
  if (/^[\x21\x23\x24\x26-\x7e]*$/.test(value)) return value;
  // Whole runs, so that surrogate pairs stay together.
  return value.replaceAll(/[^\x21\x23\x24\x26-\x7e]+/g, encodeURIComponent);
}
