/** `node test/invariants/check.ts <database url> [--at-rest]`: asks the invariants of a shop's database; exits 1 on any. */
import { SHOP_INVARIANTS, violationsOf } from "./invariants.ts";
import { readBooks } from "./read-books.ts";

const [url, rest] = process.argv.slice(2);
if (url === undefined || url.startsWith("-") || (rest !== undefined && rest !== "--at-rest")) {
  console.error("node test/invariants/check.ts <database url> [--at-rest: everything has had time to come to an end]");
  process.exit(2);
}
const books = await readBooks(url, { atRest: rest === "--at-rest" });
const violations = violationsOf(books);
for (const { invariant, stream, sentence } of violations) console.log(`${invariant}: ${stream} ${sentence}`);
console.log(
  `Violations: ${violations.length}. ${SHOP_INVARIANTS.length} invariants, ${books.events.length} events, ` +
    `${books.charges.length} charges, ${books.projected?.rows.length ?? 0} projected orders`,
);
process.exitCode = violations.length === 0 ? 0 : 1;
