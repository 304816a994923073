/** What changed between two JSON values, by pointer (RFC 6901). */

export interface Change {
  readonly path: string;
  readonly op: "add" | "remove" | "change";
  readonly before?: unknown;
  readonly after?: unknown;
}

const MAX_CHANGES = 1_000;

/** At most 1,000 changes, in the order of the later value's fields. */
export function changesBetween(before: unknown, after: unknown): Change[] {
  const changes: Change[] = [];
  compare(before, after, "", changes);
  return changes;
}

function compare(before: unknown, after: unknown, path: string, changes: Change[]): void {
  if (changes.length >= MAX_CHANGES || Object.is(before, after)) return;
  if (before === undefined) return void changes.push({ path, op: "add", after });
  if (after === undefined) return void changes.push({ path, op: "remove", before });
  if (!isParted(before) || !isParted(after) || Array.isArray(before) !== Array.isArray(after)) {
    return void changes.push({ path, op: "change", before, after });
  }
  const keys = new Set([...Object.keys(after), ...Object.keys(before)]);
  for (const key of keys) {
    const inner = `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    compare(before[key], after[key], inner, changes);
  }
}

function isParted(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
