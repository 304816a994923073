/** A JSON value as XML: members are elements, each element of a list is an `item`. */
import { XMLBuilder } from "fast-xml-parser";

const builder = new XMLBuilder({
  format: true,
  indentBy: "  ",
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  suppressBooleanAttributes: false,
});

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** What XML 1.0 cannot hold, not even escaped. */
// oxlint-disable-next-line no-control-regex -- controls are meant.
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** @param root the name of the outermost element */
export function toXml(root: string, value: unknown): string {
  return builder.build({ "?xml": { "@version": "1.0", "@encoding": "UTF-8" }, [root]: shaped(value) });
}

function shaped(value: unknown): unknown {
  if (Array.isArray(value)) return { item: value.map(shaped) };
  if (value === null || value === undefined) return { "@nil": "true" };
  if (typeof value !== "object") return String(value).replace(FORBIDDEN, "\ufffd");
  const named: Record<string, unknown> = {};
  const others: unknown[] = [];
  for (const [key, field] of Object.entries(value)) {
    if (field === undefined) continue;
    const inner = shaped(field);
    if (NAME.test(key)) named[key] = inner;
    else others.push(typeof inner === "object" ? { "@key": key, ...inner } : { "@key": key, "#text": inner });
  }
  return others.length === 0 ? named : { ...named, entry: others };
}
