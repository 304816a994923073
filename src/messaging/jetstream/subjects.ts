/** Where things are on NATS. */
import { refOf } from "../../kernel/ids.ts";

/** Every event of the feed. */
export const ALL_EVENTS = "events.>";

/** `events.<type>.<id>.<EventName>`, so that subscribers can ask for types, single actors and kinds of events. */
export function eventSubject(stream: string, eventType: string): string {
  const { type, id } = refOf(stream);
  return `events.${type}.${id}.${token(eventType)}`;
}

/** The stream of an event by its subject. */
export function streamOfSubject(subject: string): string {
  const [, type = "", id = ""] = subject.split(".");
  return `${type}/${id}`;
}

/** A name as one token of a subject: what has a meaning there, and what is no visible ASCII, is percent-encoded. */
export function token(name: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(name)) return name;
  return encodeURIComponent(name).replaceAll(/[.*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
