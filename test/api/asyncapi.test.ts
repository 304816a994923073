/** The document of the feed: kept as docs/asyncapi.json. After a change of event schemas: npx vitest run test/api/asyncapi.test.ts -u */
import { Ajv } from "ajv";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { asyncApiOf } from "../../src/api/asyncapi.ts";
import type { ActorDefinition } from "../../src/runtime/definition.ts";
import { OUTCOME_NAMES } from "../../src/runtime/outcome-names.ts";
import { shopActors } from "../../src/shop/actors.ts";
import { readRepositoryFile } from "../support/source-tree.ts";

const unused = () => Promise.reject(new Error("Nobody is called"));
const definitions = shopActors({ capture: unused, refund: unused });
const { version }: { version: string } = JSON.parse(readRepositoryFile("package.json"));
const document = asyncApiOf(definitions, version);
const { channels, operations, components } = document as {
  channels: Record<string, { address: string; messages: Record<string, { $ref: string }> }>;
  operations: Record<string, object>;
  components: { messages: Record<string, { name: string; payload: object }> };
};

/** Everything that `$ref` names in a value. */
function references(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) =>
    key === "$ref" && typeof field === "string" ? [field] : references(field)
  );
}

function resolve(reference: string): unknown {
  return reference.slice(2).split("/").reduce<unknown>(
    (value, name) => (value as Record<string, unknown> | undefined)?.[name],
    document,
  );
}

test("docs/asyncapi.json is the document of the code", async () => {
  await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot("../../docs/asyncapi.json");
});

describe("the document", () => {
  test("has a channel and an operation for each event of each actor, and for each outcome", () => {
    const types = definitions.flatMap(({ type, events }) =>
      [...Object.keys(events), ...OUTCOME_NAMES].map((event) => `${type}.${event}`)
    );
    expect(Object.keys(channels)).toEqual(types);
    expect(Object.keys(operations)).toEqual(types);
    expect(channels["order.OrderPlaced"]?.address).toBe("events.order.{id}.OrderPlaced");
    expect(channels["order.TimerFired"]?.address).toBe("events.order.{id}.TimerFired");
  });

  test("refers only to what is in it, under names that are allowed", () => {
    for (const reference of references(document)) expect(resolve(reference), reference).toBeDefined();
    const names = [...Object.keys(channels), ...Object.keys(components.messages)];
    expect(names.filter((name) => !/^[\w.-]+$/.test(name))).toEqual([]);
  });

  test("marks personal fields as an extension, and says nothing else that JSON Schema does not know", () => {
    const text = JSON.stringify(document);
    expect(text).toContain('"x-personal":true');
    expect(text).not.toContain('"personal"');
  });
});

describe("the payloads", () => {
  const ajv = new Ajv({ strict: false, formats: { "date-time": true, email: true, uuid: true, uri: true } });
  beforeAll(() => void ajv.addSchema(document, "feed"));

  test.each(Object.keys(components.messages))("of %s are a JSON Schema", (key) => {
    const validate = ajv.compile({ $ref: `feed#/components/messages/${key}/payload` });
    expect(validate("no object")).toBe(false);
  });

  test("take what the events' own schemas take, and nothing else", () => {
    const validate = ajv.compile({ $ref: "feed#/components/messages/order.StockDenied/payload" });
    expect(validate({ line: 0, available: 2 })).toBe(true);
    expect(validate({ line: -1, available: 2 })).toBe(false);
    expect(validate({ line: 0, available: 2, more: true })).toBe(false);
  });

  test("of another library's schema promise an object", () => {
    const foreign = { "~standard": { validate: (value: unknown) => ({ value }) } };
    const lamp = {
      type: "lamp",
      machine: {} as ActorDefinition["machine"],
      version: "1",
      created: "Bought",
      events: {
        Bought: { by: "client", schema: foreign },
        Lit: { by: "client", schema: z.object({ watts: z.int() }) },
      },
    } satisfies ActorDefinition;
    const messages = asyncApiOf([lamp], "1")["components"] as { messages: Record<string, { payload: object }> };
    expect(messages.messages["lamp.Bought"]?.payload).toEqual({ type: "object" });
    expect(messages.messages["lamp.Lit"]?.payload).toMatchObject({ required: ["watts"] });
  });
});
