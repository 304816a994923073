/** What an examination says of one thing. */
export interface Finding {
  readonly what: string;
  /** `away`: a dependency that does not answer. */
  readonly verdict: "ok" | "warning" | "wrong" | "away";
  readonly detail: string;
}

export function finding(what: string, verdict: Finding["verdict"], detail: string): Finding {
  return { what, verdict, detail };
}

/** As `finding`, with what to do about it where it is not fine. */
export function judged(
  what: string,
  isFine: boolean,
  verdict: Finding["verdict"],
  detail: string,
  advice: string,
): Finding {
  return isFine ? finding(what, "ok", detail) : finding(what, verdict, `${detail}: ${advice}`);
}

const UNITS = ["B", "KB", "MB", "GB", "TB"];

/** For people: `1.4 GB`. */
export function bytes(count: number): string {
  const power = count < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(count) / 3));
  return `${power === 0 ? count : (count / 1_000 ** power).toFixed(1)} ${UNITS[power]}`;
}
