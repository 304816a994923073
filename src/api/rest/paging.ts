/**
 * Lists, in the way the client asks for: by cursor (`after`, `limit`), by page (`page`, `page_size`) or by number
 * (`skip`, `limit`). A cursor is exact and costs the same everywhere; pages and numbers come with a total.
 */
import type { Context } from "hono";
import { StatewrightError } from "../../kernel/errors.ts";
import type { Page, Slice } from "../../shop/page.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { answer } from "./answer.ts";
import { readCount, readLimit } from "./query.ts";

/** The query parameters of every list. */
export const PAGING = ["limit", "after", "page", "page_size"] as const;

export type PagingQuery = { readonly [Name in (typeof PAGING)[number] | "skip"]?: string };

export interface List<Item> {
  /** Names the list with its filter, so that its cursors fit no other. */
  readonly name: string;
  /** Default 50. */
  readonly limit?: number;
  page(slice: Slice): Promise<Page<Item>>;
  /** Default: this list has no pages by number. */
  count?(): Promise<number>;
  present(item: Item): object;
}

const DEFAULT_PAGE_SIZE = 10;

/** Answers with the part of a list that the query names, and how to go on: as `links` and as `Link`. */
export async function answerList<Item>(c: Context, query: PagingQuery, list: List<Item>): Promise<Response> {
  if (list.count === undefined) return await byCursor(c, query, list);
  if (query.page !== undefined || query.page_size !== undefined) return await byPage(c, query, list, list.count);
  return query.skip === undefined ? await byCursor(c, query, list) : await byNumber(c, query, list, list.count);
}

async function byCursor<Item>(c: Context, query: PagingQuery, list: List<Item>): Promise<Response> {
  const after = query.after === undefined ? undefined : decodeCursor(list.name, query.after);
  const page = await list.page({ after, limit: readLimit(query.limit, list.limit) });
  const next = page.next === undefined ? null : encodeCursor(list.name, page.next);
  return answerPart(c, { items: page.items.map(list.present), next }, { next: next && there(c, { after: next }) });
}

async function byPage<Item>(
  c: Context,
  query: PagingQuery,
  list: List<Item>,
  count: () => Promise<number>,
): Promise<Response> {
  exclude(query, ["after", "limit", "skip"]);
  const number = query.page === undefined ? 1 : readCount("page", query.page, 1);
  const size = query.page_size === undefined ? DEFAULT_PAGE_SIZE : readLimit(query.page_size);
  const [{ items }, total] = await Promise.all([list.page({ skip: (number - 1) * size, limit: size }), count()]);
  const at = (page: number) => there(c, { page: String(page), page_size: String(size) });
  return answerPart(c, { items: items.map(list.present), total, page: number, pageSize: size }, {
    next: number * size < total ? at(number + 1) : null,
    prev: number > 1 ? at(number - 1) : null,
  });
}

async function byNumber<Item>(
  c: Context,
  query: PagingQuery,
  list: List<Item>,
  count: () => Promise<number>,
): Promise<Response> {
  exclude(query, ["after"]);
  const skip = readCount("skip", query.skip ?? "0", 0);
  const limit = readLimit(query.limit, list.limit);
  const [{ items }, total] = await Promise.all([list.page({ skip, limit }), count()]);
  const at = (first: number) => there(c, { skip: String(first), limit: String(limit) });
  return answerPart(c, { items: items.map(list.present), total }, {
    next: skip + limit < total ? at(skip + limit) : null,
    prev: skip > 0 ? at(Math.max(0, skip - limit)) : null,
  });
}

function exclude(query: PagingQuery, names: readonly (keyof PagingQuery)[]): void {
  const wrong = names.find((name) => query[name] !== undefined);
  if (wrong !== undefined) {
    throw new StatewrightError("MALFORMED", `\`${wrong}\` is another way to page; choose one of them`);
  }
}

/** This list's own address with other parameters. */
function there(c: Context, parameters: Readonly<Record<string, string>>): string {
  const { pathname, searchParams } = new URL(c.req.url);
  for (const [name, value] of Object.entries(parameters)) searchParams.set(name, value);
  return `${pathname}?${searchParams.toString()}`;
}

function answerPart(c: Context, part: object, around: Readonly<Record<string, string | null>>): Response {
  const { pathname, search } = new URL(c.req.url);
  const rels = Object.entries(around).flatMap(([rel, href]) => href === null ? [] : [`<${href}>; rel="${rel}"`]);
  const links = { self: `${pathname}${search}`, ...around };
  return answer(c, 200, { ...part, links }, rels.length > 0 ? { link: rels.join(", ") } : {});
}
