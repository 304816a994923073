/** Relay connections, forward only: from a page of a list to edges, each with a cursor to go on after. */
import type { ArgBuilder } from "@pothos/core";
import { StatewrightError } from "../../kernel/errors.ts";
import type { KeyedPage, Slice } from "../../shop/page.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import type { Builder, Types } from "./builder.ts";
import { counted, type GraphQLContext } from "./context.ts";

const DEFAULT_FIRST = 50;
const MAX_FIRST = 100;

interface ListArguments {
  readonly first: number;
  readonly after?: string | null | undefined;
}

interface List<Item> {
  /** Names the list with its filter, so that its cursors fit no other. */
  readonly name: string;
  page(slice: Slice): Promise<KeyedPage<Item>>;
  /** How many there are on all pages. */
  count(): Promise<number>;
}

export function defineLists(builder: Builder): void {
  builder.globalConnectionField("totalCount", (t) =>
    t.int({
      description: "How many there are on all pages; counted only when it is asked for.",
      resolve: ({ count }) => count(),
    }));
}

export function firstArgument(t: ArgBuilder<Types>) {
  return t.int({
    required: true,
    defaultValue: DEFAULT_FIRST,
    description: `How many at most; no more than ${MAX_FIRST} are given.`,
  });
}

export function listArguments(t: ArgBuilder<Types>) {
  return { first: firstArgument(t), after: t.string({ description: "The cursor to go on after." }) };
}

/** For queries: which write they have to show. */
export function tokenArgument(t: ArgBuilder<Types>) {
  return t.string({
    description: "The `consistencyToken` of a write that the answer has to show; waits for it, up to 5 s.",
  });
}

/** @throws StatewrightError `OUT_OF_RANGE` */
export function limitOf(first: number): number {
  if (first >= 1) return Math.min(first, MAX_FIRST);
  throw new StatewrightError("OUT_OF_RANGE", "`first` is 1 or more");
}

/** One page of a list. @throws StatewrightError `MALFORMED` for a cursor of another list */
export async function connection<Item>(context: GraphQLContext, { first, after }: ListArguments, list: List<Item>) {
  const limit = limitOf(first);
  const from = after === undefined || after === null ? undefined : decodeCursor(list.name, after);
  const { items, keys, next } = await list.page({ after: from, limit });
  const edges = counted(context, items).map((node, at) => ({ node, cursor: encodeCursor(list.name, keys[at]!) }));
  return {
    edges,
    pageInfo: {
      hasNextPage: next !== undefined,
      hasPreviousPage: from !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      // A page may have lost its last items since it was read; the list goes on where it ended.
      endCursor: next === undefined ? edges.at(-1)?.cursor ?? null : encodeCursor(list.name, next),
    },
    count: () => list.count(),
  };
}
