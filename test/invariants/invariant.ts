import type { Lives } from "./lives.ts";

/** One thing that must be true of the books of every run. */
export interface Invariant<Books> {
  readonly name: string;
  /** True when it need hold only once everything has come to rest. */
  readonly atRest?: boolean;
  /** Everything that breaks it. */
  breaches(books: Books, lives: Lives): Iterable<Breach>;
}

export interface Breach {
  /** The actor that it is about; empty when it is about none. */
  readonly stream: string;
  /** What is wrong, for people. */
  readonly sentence: string;
}

/** A breach, and of what. */
export interface Violation extends Breach {
  readonly invariant: string;
}

/** Asks each invariant; those for the end only of books that are at rest. */
export function ask<Books extends { readonly atRest: boolean }>(
  invariants: readonly Invariant<Books>[],
  books: Books,
  lives: Lives,
): Violation[] {
  return invariants.filter(({ atRest }) => books.atRest || atRest !== true).flatMap(({ name, breaches }) =>
    [...breaches(books, lives)].map((breach) => ({ invariant: name, ...breach }))
  );
}
