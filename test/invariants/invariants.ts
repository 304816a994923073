/**
 * The one list of what must be true of every run: of the properties' interleavings, of the simulation, and of real
 * processes at their end.
 */
import { registerActors } from "../../src/runtime/register.ts";
import { shopActors } from "../../src/shop/actors.ts";
import type { ShopBooks } from "./books.ts";
import { ask, type Invariant, type Violation } from "./invariant.ts";
import { livesOf } from "./lives.ts";
import { LOG_INVARIANTS } from "./log.ts";
import { MESSAGE_INVARIANTS } from "./messages.ts";
import { MONEY_INVARIANTS } from "./money.ts";
import { PROJECTION_INVARIANTS } from "./projections.ts";
import { SAGA_INVARIANTS } from "./saga.ts";
import { STOCK_INVARIANTS } from "./stock.ts";

export const SHOP_INVARIANTS: readonly Invariant<ShopBooks>[] = [
  ...LOG_INVARIANTS,
  ...MESSAGE_INVARIANTS,
  ...STOCK_INVARIANTS,
  ...MONEY_INVARIANTS,
  ...SAGA_INVARIANTS,
  ...PROJECTION_INVARIANTS,
];

const nobody = () => Promise.reject(new Error("Nothing is paid while books are read"));
const shop = registerActors(shopActors({ capture: nobody, refund: nobody }));

/** Everything in a shop's books that should not be; [] when all is well. Pure. */
export function violationsOf(books: ShopBooks): Violation[] {
  return ask(SHOP_INVARIANTS, books, livesOf(books.events, shop));
}
