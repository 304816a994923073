/** JSON with sorted keys: two writings of one request are one request. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_, field: unknown) =>
      typeof field === "object" && field !== null && !Array.isArray(field)
        ? Object.fromEntries(Object.entries(field).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : field,
  );
}
