/**
 * Personal fields, by the tag in the event schemas (`.meta({ personal: true })`). Contexts, effects and rows have no
 * schema of their own: there a field counts as personal when an event of the machine has a personal one of its name.
 */
import { z } from "zod";
import type { ActorDefinition, EventSchema } from "../runtime/definition.ts";

export type JsonSchema = { readonly [word: string]: unknown };

/** The names of a machine's personal fields. */
export type PersonalFields = ReadonlySet<string>;

/** What stands where a personal value was. */
export const REDACTED = "•••";

/** What an event's data has to be; `{}` for schemas of other libraries, which only know how to check. */
export function jsonSchemaOf(schema: EventSchema): JsonSchema {
  if (!(schema instanceof z.ZodType)) return {};
  const { $schema: _, ...described } = z.toJSONSchema(schema, {
    target: "draft-7",
    unrepresentable: "any",
    io: "input",
    override({ jsonSchema }) {
      const { personal } = jsonSchema;
      if (personal === undefined) return;
      delete jsonSchema["personal"];
      jsonSchema["x-personal"] = personal;
    },
  });
  return described;
}

export function personalFieldsOf({ events }: ActorDefinition): PersonalFields {
  const names = new Set<string>();
  for (const { schema } of Object.values(events)) collect(jsonSchemaOf(schema), names);
  return names;
}

function collect(schema: unknown, names: Set<string>): void {
  if (typeof schema !== "object" || schema === null) return;
  for (const [word, value] of Object.entries(schema)) {
    if (word === "properties") noteNames(value as Record<string, JsonSchema>, names);
    collect(value, names);
  }
}

function noteNames(properties: Readonly<Record<string, JsonSchema>>, names: Set<string>): void {
  for (const [name, property] of Object.entries(properties)) if (isPersonal(property)) names.add(name);
}

/** Tagged itself, or one of the kinds that it may be, or its elements. */
function isPersonal(property: JsonSchema): boolean {
  const kinds = [property["anyOf"], property["items"]].flat().filter((kind) => kind !== undefined) as JsonSchema[];
  return property["x-personal"] === true || kinds.some(isPersonal);
}

/**
 * A copy without the values of personal fields. `null` stays: it tells that there is none.
 * @param instead what stands where a value was
 */
export function redact(
  value: unknown,
  personal: PersonalFields,
  instead: (value: unknown) => unknown = () => REDACTED,
): unknown {
  if (personal.size === 0 || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => redact(each, personal, instead));
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      personal.has(camelCase(name)) && field !== null ? instead(field) : redact(field, personal, instead),
    ]),
  );
}

/** Columns are written in another way. */
function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
