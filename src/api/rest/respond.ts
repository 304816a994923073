/** The one way out of this door: every answer has the headers of an API, and those that were told on the way. */
import type { Context } from "hono";
import { SECURE_HEADERS } from "../secure-headers.ts";

export type AnswerHeaders = Readonly<Record<string, string>>;

const TOLD = "toldHeaders";

/** Adds headers to whatever this request is answered with. */
export function tellHeaders(c: Context, headers: AnswerHeaders): void {
  c.set(TOLD, { ...toldHeaders(c), ...headers });
}

function toldHeaders(c: Context): AnswerHeaders | undefined {
  return c.get(TOLD) as AnswerHeaders | undefined;
}

/** Not Hono's `c.body`, which makes an object of `Headers`, one by one: the server below takes them as they are. */
export function respond(
  c: Context,
  status: number,
  body: string | ReadableStream<Uint8Array> | null,
  headers: AnswerHeaders = {},
): Response {
  return new Response(body, { status, headers: { ...SECURE_HEADERS, ...toldHeaders(c), ...headers } });
}
