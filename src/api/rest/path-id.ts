import type { Context } from "hono";
import { StatewrightError } from "../../kernel/errors.ts";
import { isUuid } from "../../kernel/ids.ts";

/** The id in the path, in its one canonical form. @throws StatewrightError `MALFORMED` */
export function pathId(c: Context): string {
  const id = c.req.param("id") ?? "";
  if (!isUuid(id)) throw new StatewrightError("MALFORMED", "The id in the path is no UUID in lower case");
  return id;
}
