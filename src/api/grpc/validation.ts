/** Messages as strangers may send them: text made plain, then the rules that stand in the proto files. */
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator, type Violation } from "@bufbuild/protovalidate";
import { type ErrorCode, type FieldError, StatewrightError } from "../../kernel/errors.ts";
import { isUuid } from "../../kernel/ids.ts";
import { composedText } from "../strict-json.ts";

const validator = createValidator();

const MAX_FIELD_ERRORS = 20;

/** Which code a violation stands for, by its field and its rule. The first that occurs names the whole. */
const BY_WEIGHT: readonly (readonly [fieldAndRule: RegExp, ErrorCode])[] = [
  [/ field_mask\./, "UNKNOWN_FIELD"],
  [/ (required|string\.uuid|enum\.)|^request_id /, "MALFORMED"],
  [/ repeated\.max_items/, "LIMIT"],
  [/ (string|repeated)\./, "INVALID"],
  [/ int(32|64)\./, "OUT_OF_RANGE"],
];

/**
 * Brings a message's texts into Unicode's composed form, in place, and holds it against its rules.
 * @throws StatewrightError with each field that breaks one, of the code that fits the gravest
 */
export function requireValid<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): void {
  composeTexts(message);
  const { kind, violations, error } = validator.validate(schema, message);
  if (kind === "valid") return;
  if (kind === "error") {
    throw new StatewrightError("INTERNAL", `${schema.typeName}: ${error.message}`, { cause: error });
  }
  const errors = violations.slice(0, MAX_FIELD_ERRORS).map(fieldError);
  const broken = violations.map(({ field, ruleId }) => `${pathToString(field)} ${ruleId}`);
  const code = BY_WEIGHT.find(([pattern]) => broken.some((each) => pattern.test(each)))?.[1] ?? "INVALID";
  throw new StatewrightError(code, `${errors[0]!.pointer}: ${errors[0]!.detail}`, { errors });
}

function fieldError({ field, message }: Violation): FieldError {
  return { pointer: pathToString(field), detail: message };
}

/** An id in its one canonical form. @throws StatewrightError `MALFORMED` */
export function requireId(field: string, id: string): string {
  if (isUuid(id)) return id;
  const detail = "An id is a UUID in lower case, such as 01890a5d-ac96-774b-bcce-b302099a8057";
  throw new StatewrightError("MALFORMED", `${field}: ${detail}`, { errors: [{ pointer: field, detail }] });
}

/** Depth is bounded by the decoder. */
function composeTexts(value: object): void {
  for (const [key, field] of Object.entries(value)) {
    if (typeof field === "string") {
      const text = composedText(field);
      if (text !== field) Object.assign(value, { [key]: text });
    } else if (typeof field === "object" && field !== null && !(field instanceof Uint8Array)) composeTexts(field);
  }
}
