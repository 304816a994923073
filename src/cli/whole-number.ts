import { StatewrightError } from "../kernel/errors.ts";

/** A whole number from the command line. @throws StatewrightError `USAGE` */
export function countOf(text: string | undefined, option: string, least: number): number | undefined {
  if (text === undefined) return undefined;
  const count = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (count >= least) return count;
  throw new StatewrightError("USAGE", `${option} takes a whole number from ${least}, not "${text}"`);
}
