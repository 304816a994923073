import { StatewrightError } from "../kernel/errors.ts";

/** What a command's exit code means; everything that is not here is 1. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notFound: 3, verification: 4, dependency: 5 } as const;

/** The exit code of a command that threw this. */
export function exitCodeOf(thrown: unknown): number {
  switch (StatewrightError.from(thrown).code) {
    case "USAGE":
    case "INVALID":
      return EXIT.usage;
    case "NOT_FOUND":
      return EXIT.notFound;
    case "HISTORY_MISMATCH":
      return EXIT.verification;
    case "UNAVAILABLE":
    case "DEADLINE_EXCEEDED":
      return EXIT.dependency;
    default:
      return EXIT.failed;
  }
}
