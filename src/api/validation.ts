/** From a schema's complaints to one error: which code, and where. */
import type { z } from "zod";
import { type ErrorCode, type FieldError, StatewrightError } from "../kernel/errors.ts";

/** So many field errors are told at most; the rest would only repeat them. */
const MAX_FIELD_ERRORS = 20;

/** The first of these that occurs names the whole: what cannot be read goes before what breaks a rule. */
const BY_WEIGHT = ["UNKNOWN_FIELD", "MALFORMED", "LIMIT", "INVALID", "OUT_OF_RANGE"] as const satisfies ErrorCode[];

type Verdict = (typeof BY_WEIGHT)[number];

/**
 * The value as its schema reads it.
 * @throws StatewrightError with a JSON pointer for each fault, of the code that fits the gravest
 */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const verdicts = new Set(issues.map((issue) => verdictOn(issue, value)));
  const code = BY_WEIGHT.find((verdict) => verdicts.has(verdict))!;
  const errors = firstOfEachPointer(issues.flatMap(fieldErrors)).slice(0, MAX_FIELD_ERRORS);
  const [first] = errors;
  throw new StatewrightError(code, `${first!.pointer === "" ? "The body" : first!.pointer}: ${first!.detail}`, {
    errors,
  });
}

function verdictOn(issue: z.core.$ZodIssue, whole: unknown): Verdict {
  switch (issue.code) {
    case "unrecognized_keys":
      return "UNKNOWN_FIELD";
    case "invalid_type":
      // Money has a rule of its own: never a JSON number, because those are rounded.
      return issue.path.at(-1) === "amount" && typeof valueAt(whole, issue.path) === "number" ? "INVALID" : "MALFORMED";
    case "invalid_value":
      return typeof valueAt(whole, issue.path) === "string" ? "INVALID" : "MALFORMED";
    case "too_big":
      return issue.origin === "array" ? "LIMIT" : issue.origin === "string" ? "INVALID" : "OUT_OF_RANGE";
    case "too_small":
      return issue.origin === "array" || issue.origin === "string" ? "INVALID" : "OUT_OF_RANGE";
    case "invalid_format":
      return issue.format === "canonical-uuid" ? "MALFORMED" : "INVALID";
    default:
      return "INVALID";
  }
}

function valueAt(whole: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => Object(value)[key], whole);
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      pointer: pointerTo([...issue.path, key.slice(0, 80)]),
      detail: "There is no such field here",
    }));
  }
  return [{ pointer: pointerTo(issue.path), detail: issue.message }];
}

/** One value that breaks two rules is one fault to whoever has to mend it. */
function firstOfEachPointer(errors: readonly FieldError[]): FieldError[] {
  const first = new Map<string, FieldError>();
  for (const error of errors) if (!first.has(error.pointer)) first.set(error.pointer, error);
  return [...first.values()];
}

/** RFC 6901. */
function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
