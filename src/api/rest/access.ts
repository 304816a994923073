/** Who sends a request is settled before anything else of it is looked at. */
import type { Context, Next } from "hono";
import { matchedRoutes } from "hono/route";
import { StatewrightError } from "../../kernel/errors.ts";
import type { Access } from "../access.ts";
import { KEY_PREFIX, SECRET_PARAMETER } from "../access/credentials.ts";
import { tellHeaders } from "./respond.ts";

/** Every request, in the name of who sends it. */
export function admitted(access: Access): (c: Context, next: Next) => Promise<void> {
  return async (c, next) => {
    refuseSecretInAddress(c);
    const credentials = { authorization: c.req.header("authorization"), apiKey: c.req.header("x-api-key") };
    const principal = await access.admit(operationOf(c), credentials, (headers) => tellHeaders(c, headers));
    if (principal === undefined) return await next();
    await access.actingFor(principal, next);
  };
}

/** An operation as the description of this API names it; undefined where there is no such path or method. */
function operationOf(c: Context): string | undefined {
  const route = matchedRoutes(c).findLast(({ method, path }) => method !== "ALL" && !path.endsWith("*"));
  return route && `${route.method} ${route.path.replaceAll(/:(\w+)/g, "{$1}")}`;
}

/** Addresses are kept in logs and histories, where no secret belongs. @throws StatewrightError `MALFORMED` */
function refuseSecretInAddress(c: Context): void {
  if (!c.req.url.includes("?")) return;
  for (const [name, value] of new URL(c.req.url).searchParams) {
    if (!SECRET_PARAMETER.test(name) && !value.startsWith(KEY_PREFIX)) continue;
    throw new StatewrightError(
      "MALFORMED",
      "Keys and tokens never go into the address; take a new one, this one is known",
    );
  }
}
