/** What a mutation was refused for, as data: whoever shows a form shows these. */
import { type ErrorCode, StatewrightError } from "../../kernel/errors.ts";
import { isOurFault } from "../problems.ts";

export interface UserError {
  readonly code: ErrorCode;
  readonly message: string;
  /** The way to the argument. */
  readonly field: readonly string[] | null;
  readonly state: string | null;
  readonly event: string | null;
  readonly allowedEvents: readonly string[];
}

/** @throws what is not the caller's to mend */
export function userErrorsOf(thrown: unknown): UserError[] {
  const error = StatewrightError.from(thrown);
  const { code, message, details } = error;
  if (isOurFault(code)) throw error;
  const { state = null, event = null, allowed: allowedEvents = [], errors = [] } = details;
  const whole = { code, message, field: null, state, event, allowedEvents };
  if (errors.length === 0) return [whole];
  return errors.map(({ pointer, detail }) => ({ ...whole, message: detail, field: fieldOf(pointer) }));
}

/** A JSON pointer into the input, as the way from the mutation's arguments. */
function fieldOf(pointer: string): string[] {
  const parts = pointer.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  return ["input", ...parts];
}
