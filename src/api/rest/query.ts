/** The query string: only what is declared, each once. */
import type { Context } from "hono";
import type { z } from "zod";
import { StatewrightError } from "../../kernel/errors.ts";

const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 100;

/**
 * The parameters of a query string.
 * @throws StatewrightError `UNKNOWN_FIELD` for one that is not declared, `MALFORMED` for one given twice
 */
export function readQuery<Name extends string>(c: Context, declared: readonly Name[]): { [N in Name]?: string } {
  const query: { [N in Name]?: string } = {};
  if (!c.req.url.includes("?")) return query;
  for (const [name, value] of new URL(c.req.url).searchParams) {
    const known = declared.find((parameter) => parameter === name);
    if (known === undefined) {
      const choice = declared.length === 0 ? "it takes none" : `it takes ${declared.join(", ")}`;
      throw new StatewrightError("UNKNOWN_FIELD", `There is no parameter "${name.slice(0, 80)}" here; ${choice}`);
    }
    if (query[known] !== undefined) throw new StatewrightError("MALFORMED", `The parameter "${known}" is given twice`);
    query[known] = value;
  }
  return query;
}

/** One parameter by its schema. @throws StatewrightError `MALFORMED` with what it may be */
export function readParameter<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  text: string | undefined,
): z.infer<Schema> {
  const result = schema.safeParse(text);
  if (result.success) return result.data;
  throw new StatewrightError("MALFORMED", `\`${name}\`: ${result.error.issues[0]!.message}`);
}

/** A page's size: 1 and up, no more than {@link MAX_LIMIT} are given. */
export function readLimit(text: string | undefined, byDefault: number = DEFAULT_LIMIT): number {
  return text === undefined ? byDefault : Math.min(readCount("limit", text, 1), MAX_LIMIT);
}

/** A whole number. @throws StatewrightError `MALFORMED` */
export function readCount(name: string, text: string, least: 0 | 1): number {
  if (/^(0|[1-9][0-9]{0,8})$/.test(text) && Number(text) >= least) return Number(text);
  throw new StatewrightError("MALFORMED", `\`${name}\` is a whole number from ${least}, below a thousand million`);
}
