import type { FieldMask } from "@bufbuild/protobuf/wkt";

/**
 * What a partial update changes (https://google.aip.dev/134). Without a mask: what is given. With one: what it names, and
 * null, which takes away, for what it names and is not given.
 */
export function changesIn(given: Readonly<Record<string, unknown>>, mask: FieldMask | undefined): object {
  const named = mask === undefined || mask.paths.length === 0
    ? Object.keys(given).filter((field) => given[field] !== undefined)
    : mask.paths;
  return Object.fromEntries(named.map((field) => [field, given[field] ?? null]));
}
