/** What the resolvers of one request share. */
import { StatewrightError } from "../../kernel/errors.ts";
import type { GraphQLDependencies } from "./dependencies.ts";
import type { Journal } from "./journal.ts";
import { createLoaders, type Loaders } from "./loaders.ts";

export interface GraphQLContext {
  readonly dependencies: GraphQLDependencies;
  loaders: Loaders;
  /** List elements that this request may still be answered with. */
  elementsLeft: number;
  readonly journal: Journal;
}

/**
 * A request's limits on its text do not bound its answer: lists in lists multiply. So many elements, in all its lists
 * together, are room for any screen.
 */
const MAX_ELEMENTS = 10_000;

export function createContext(dependencies: GraphQLDependencies, journal: Journal): GraphQLContext {
  return { dependencies, loaders: createLoaders(dependencies), elementsLeft: MAX_ELEMENTS, journal };
}

/** Forgets what was read, because something was written, or because a stream's next answer is another request. */
export function refresh(context: GraphQLContext): void {
  context.loaders = createLoaders(context.dependencies);
  context.elementsLeft = MAX_ELEMENTS;
}

/** The list, when the request may have it. @throws StatewrightError `LIMIT` */
export function counted<List extends readonly unknown[]>(context: GraphQLContext, list: List): List {
  context.elementsLeft -= list.length;
  if (context.elementsLeft >= 0) return list;
  throw new StatewrightError("LIMIT", `An answer may have ${MAX_ELEMENTS} list elements; ask for fewer at once`);
}
