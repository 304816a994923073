import type { Context } from "hono";
import { readJsonBody } from "../request-body.ts";

/** The JSON of this request; see {@link readJsonBody}. */
export function readBody(c: Context): Promise<unknown> {
  return readJsonBody(c.req.raw);
}
