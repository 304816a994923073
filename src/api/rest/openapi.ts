/** The API's description (OpenAPI 3.1), made from the schemas in use. */
import { z } from "zod";
import type { Operation } from "./operation.ts";
import { OPERATIONS } from "./operations-table.ts";
import { ANSWER_SHAPES, REQUEST_SHAPES } from "./shapes.ts";

type Json = Record<string, unknown>;

/** The whole document. */
export function describeApi(): Json {
  const paths: Record<string, Json> = {};
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    const [method, path] = name.split(" ") as [string, string];
    (paths[path] ??= {})[method.toLowerCase()] = describeOperation(method, path, operation);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Statewright's shop",
      version: "1",
      description: "Orders are durable state machines: what is offered in `_links` is what the machine accepts now.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    paths,
    components: { schemas: { ...describe(REQUEST_SHAPES, "input"), ...describe(ANSWER_SHAPES, "output") } },
  };
}

function describe(shapes: Readonly<Record<string, z.ZodType>>, io: "input" | "output"): Json {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, schema]) => {
      const { $schema: _, ...described } = z.toJSONSchema(schema, { io, unrepresentable: "any", override });
      return [name, described];
    }),
  );
}

/** Our own words in the words of OpenAPI. */
function override({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.format === "canonical-uuid") jsonSchema.format = "uuid";
  if (jsonSchema["personal"] === undefined) return;
  jsonSchema["x-personal"] = jsonSchema["personal"];
  delete jsonSchema["personal"];
}

function describeOperation(method: string, path: string, operation: Operation): Json {
  const { tag, summary, query = {}, body, answers, isConditional } = operation;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const inQuery = Object.entries(query).map(([name, description]) => parameter("query", name, description));
  const parameters = [...inPath, ...inQuery, ...headersOf(method, tag, isConditional === true)];
  return {
    tags: [tag],
    summary,
    operationId: operationId(method, path) + (answers[200] === "text/html" ? "Page" : ""),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: content("application/json", ref(body)) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, describeAnswer(status, answer)]),
      ),
      ...(isConditional && { 304: { description: "The caller has it already" } }),
      default: { description: "A problem (RFC 9457)", content: content("application/problem+json", ref("Problem")) },
    },
  };
}

function headersOf(method: string, tag: Operation["tag"], isConditional: boolean): Json[] {
  if (tag === "Service") return [];
  if (method === "GET") {
    return [
      ...(isConditional ? [parameter("header", "If-None-Match", "304 when the entity tag is still the same")] : []),
      parameter("header", "Consistency-Token", "show at least what the write with this token has done"),
    ];
  }
  return [
    parameter("header", "Idempotency-Key", "the same request again is answered with what came of the first one"),
    parameter("header", "If-Match", "only if the resource still has this entity tag"),
  ];
}

function parameter(where: "query" | "header", name: string, description: string): Json {
  return { name, in: where, description, schema: { type: "string" } };
}

function describeAnswer(status: string, answer: Operation["answers"][number]): Json {
  const description = MEANINGS[status] ?? "An answer";
  if (answer === null || answer === undefined) return { description };
  if (answer === "text/event-stream" || answer === "text/html" || answer === "text/plain") {
    return { description, content: content(answer, { type: "string" }) };
  }
  if (answer === "JSON") return { description, content: content("application/json", {}) };
  const schema = ref(answer);
  return {
    description,
    content: {
      ...content("application/json", schema),
      ...content("application/xml", schema),
      ...content("text/html", { type: "string" }),
    },
  };
}

const MEANINGS: Readonly<Record<string, string>> = {
  200: "Here it is",
  201: "Created; `Location` says where it is",
  202: "Written, and the saga is still at it",
  204: "Done, and nothing to show",
  503: "Not now",
};

function content(type: string, schema: Json): Json {
  return { [type]: { schema } };
}

function ref(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}

/** `getOrdersIdEvents` */
function operationId(method: string, path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== "" && word !== "v1");
  return method.toLowerCase() + words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join("");
}
