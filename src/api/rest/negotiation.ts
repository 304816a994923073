import type { Context, Next } from "hono";
import { type Accept, parseAccept } from "hono/utils/accept";
import { StatewrightError } from "../../kernel/errors.ts";

/** What a resource can be shown as; who does not mind gets the first. */
const OFFERED = {
  json: ["application/json"],
  html: ["text/html"],
  xml: ["application/xml", "text/xml"],
} as const;

export type Representation = keyof typeof OFFERED;

const EVENT_STREAM = "text/event-stream";

/** Settles what this request is answered as. Streams are offered as one thing only. */
export async function negotiate(c: Context, next: Next): Promise<void> {
  const header = c.req.header("accept")?.trim() ?? "";
  if (header !== "" && header !== "*/*") {
    const ranges = parseAccept(header);
    if (c.req.path.endsWith("/stream")) requireStream(ranges);
    else c.set("representation", best(ranges));
  }
  await next();
}

/** What {@link negotiate} has settled. */
export function representationOf(c: Context): Representation {
  return (c.get("representation") as Representation | undefined) ?? "json";
}

function best(ranges: Accept[]): Representation {
  let found: { name: Representation; quality: number } | undefined;
  for (const [name, types] of Object.entries(OFFERED)) {
    const quality = Math.max(...types.map((type) => qualityOf(type, ranges)));
    if (quality > (found?.quality ?? 0)) found = { name: name as Representation, quality };
  }
  if (found === undefined) {
    throw new StatewrightError("NOT_ACCEPTABLE", `This is offered as ${Object.values(OFFERED).flat().join(", ")}`);
  }
  return found.name;
}

function requireStream(ranges: Accept[]): void {
  if (qualityOf(EVENT_STREAM, ranges) === 0) {
    throw new StatewrightError("NOT_ACCEPTABLE", `This is offered as ${EVENT_STREAM}`);
  }
}

/** The most specific range that fits decides (RFC 9110 §12.5.1). */
function qualityOf(type: string, ranges: Accept[]): number {
  const candidates = [type, `${type.slice(0, type.indexOf("/"))}/*`, "*/*"];
  const range = candidates.map((wanted) => ranges.find((each) => each.type.toLowerCase() === wanted)).find(Boolean);
  return range?.q ?? 0;
}
