/** What may be said beside an event: it stands in the event's metadata, or in an index of the database. */
import { StatewrightError } from "../kernel/errors.ts";
import type { ProposalOptions } from "./receipt.ts";

const IDENTIFIER = /^[!-~]{1,256}$/;
const NO_CONTROLS = /^[^\p{Cc}\p{Cs}]*$/u;
/** Well within what fits into a row of an index. */
const MAX_KEY_BYTES = 1_024;

/** @throws StatewrightError `INVALID` that names what is wrong */
export function checkOptions(options: ProposalOptions): void {
  for (const name of ["messageId", "principal", "correlationId", "causationId"] as const) {
    if (options[name] !== undefined && !IDENTIFIER.test(options[name])) {
      throw new StatewrightError("INVALID", `${name} is 1 to 256 visible ASCII characters`);
    }
  }
  if (options.requestKey === undefined) return;
  const { principal, operation, key, requestHash } = options.requestKey;
  const text = principal + operation + key + requestHash;
  if (!NO_CONTROLS.test(text) || Buffer.byteLength(text) > MAX_KEY_BYTES) {
    throw new StatewrightError(
      "INVALID",
      `A request key comes to at most ${MAX_KEY_BYTES} bytes, without control characters and half surrogate pairs`,
    );
  }
}
