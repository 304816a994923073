/** The events of a machine as forms: who may propose them, what they look like, and values to begin with. */
import type { ActorDefinition, Proposer } from "../../runtime/definition.ts";
import { type JsonSchema, jsonSchemaOf } from "../personal-fields.ts";

export interface EventForm {
  readonly type: string;
  readonly by: Proposer;
  readonly schema: JsonSchema;
  /** Fits the schema as far as that can be told; at least a start. */
  readonly sample: object;
}

const made = new WeakMap<ActorDefinition, readonly EventForm[]>();

export function eventForms(definition: ActorDefinition): readonly EventForm[] {
  const before = made.get(definition);
  if (before) return before;
  const forms = Object.entries(definition.events).map(([type, { by, schema }]): EventForm => {
    const described = jsonSchemaOf(schema);
    return { type, by, schema: described, sample: Object(sampleOf(described)) as object };
  });
  made.set(definition, forms);
  return forms;
}

/** The least that a schema asks for. */
function sampleOf(schema: JsonSchema): unknown {
  const [choice] = [...listIn(schema, "enum"), ...listIn(schema, "anyOf"), ...listIn(schema, "oneOf")];
  if ("const" in schema) return schema["const"];
  if (choice !== undefined) return "enum" in schema ? choice : sampleOf(choice as JsonSchema);
  switch (schema["type"]) {
    case "object": {
      const properties = (schema["properties"] ?? {}) as Readonly<Record<string, JsonSchema>>;
      const required = listIn(schema, "required") as string[];
      return Object.fromEntries(required.map((name) => [name, sampleOf(properties[name] ?? {})]));
    }
    case "array":
      return Number(schema["minItems"] ?? 0) > 0 ? [sampleOf((schema["items"] ?? {}) as JsonSchema)] : [];
    case "integer":
    case "number":
      return schema["minimum"] ?? 0;
    case "boolean":
      return false;
    case "null":
      return null;
    case "string":
      return "pattern" in schema
        ? patterned(String(schema["pattern"]))
        : "text".padEnd(Number(schema["minLength"] ?? 0), ".");
    default:
      return {};
  }
}

function listIn(schema: JsonSchema, word: string): readonly unknown[] {
  return (schema[word] ?? []) as readonly unknown[];
}

/** The first of a few common texts that fits. */
function patterned(pattern: string): string {
  const fits = new RegExp(pattern);
  return ["1", "text", "Text", "AB", "a@b.example"].find((text) => fits.test(text)) ?? "text";
}
