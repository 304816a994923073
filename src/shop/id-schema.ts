import { z } from "zod";
import { isUuid } from "../kernel/ids.ts";

/** An id in a request: a UUID in its one canonical form. Anything else cannot be read, which is not the same as unknown. */
export const idSchema = z.stringFormat(
  "canonical-uuid",
  isUuid,
  "An id is a UUID in lower case, such as 01890a5d-ac96-774b-bcce-b302099a8057",
);
