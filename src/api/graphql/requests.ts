/** Requests as they come: read as strictly as through the other doors, and only in ways that no foreign page can send. */
import { type DocumentNode, Kind, visit } from "graphql";
import type { Plugin } from "graphql-yoga";
import { z } from "zod";
import { StatewrightError } from "../../kernel/errors.ts";
import { readJsonBody } from "../request-body.ts";
import type { ServerContext } from "./operations.ts";
import { composedText, readJson } from "../strict-json.ts";
import { validate } from "../validation.ts";

/** Documents are remembered, so that reading the same one again costs nothing; large ones are not worth it. */
const MAX_DOCUMENT = 20_000;

const object = z.record(z.string(), z.unknown());

const paramsSchema = z.strictObject({
  query: z.string(),
  variables: object.nullish(),
  operationName: z.string().nullish(),
  extensions: object.nullish(),
});

/**
 * A POST is JSON, which a page of another origin cannot send without being asked for leave; a GET only reads.
 */
export function strictRequests(): Plugin<object, ServerContext> {
  return {
    onRequestParse({ request, serverContext, setRequestParser }) {
      if (serverContext.refusal) throw serverContext.refusal;
      if (request.method !== "POST" && request.method !== "GET") {
        throw new StatewrightError("METHOD_NOT_ALLOWED", "GraphQL is asked by GET or POST", {
          allowed: ["GET", "POST"],
        });
      }
      setRequestParser(async () => {
        const given = request.method === "POST" ? await readJsonBody(request) : parametersOf(request);
        const { query, variables, operationName, extensions } = validate(paramsSchema, given);
        return {
          query,
          ...(variables && { variables }),
          ...(typeof operationName === "string" && { operationName }),
          ...(extensions && { extensions }),
        };
      });
    },
    onParse({ params: { source } }) {
      if (source.toString().length > MAX_DOCUMENT) {
        throw new StatewrightError("LIMIT", `A document may have ${MAX_DOCUMENT} characters; send values as variables`);
      }
      return ({ result, replaceParseResult }) => {
        if (!(result instanceof Error)) replaceParseResult(composed(result as DocumentNode));
      };
    },
  };
}

/** @throws StatewrightError `MALFORMED` */
function parametersOf({ url }: Request): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const [name, value] of new URL(url).searchParams) {
    if (Object.hasOwn(given, name)) throw new StatewrightError("MALFORMED", `The parameter "${name}" is given twice`);
    given[name] = name === "variables" || name === "extensions" ? readJson(value) : value;
  }
  return given;
}

/** The document with its texts in NFC, as variables have theirs. @throws StatewrightError `MALFORMED` */
function composed(document: DocumentNode): DocumentNode {
  return visit(document, {
    [Kind.STRING](node) {
      const value = composedText(node.value);
      return value === node.value ? undefined : { ...node, value };
    },
  });
}
