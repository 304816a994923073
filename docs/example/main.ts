/** One membership through its ups and downs: in memory, or with DATABASE_URL in your Postgres. */
import { createMemoryStore, createRuntime, migrate, newId, openPostgresStore, systemClock } from "statewright";
import { clubActor } from "./club.ts";
import { CardExpired, type CardProcessor, membershipActor } from "./membership.ts";
import { type PostOffice, reminderActor } from "./reminder.ts";

const url = process.env["DATABASE_URL"];
if (url !== undefined) await migrate(url);
const store = url === undefined ? createMemoryStore({ clock: systemClock }) : await openPostgresStore({ url });

// Your own services go here. Both get a key that is the same on every attempt at the same thing.
const cards: CardProcessor = {
  async charge({ card, fee }, key) {
    if (card === "expired") throw new CardExpired("This card has expired");
    console.log(`charged ${fee} once for ${key}`);
    return { receipt: key };
  },
};
const post: PostOffice = {
  send: async ({ memberId, letter }) => console.log(`letter ${letter} to ${memberId}`),
};

const runtime = createRuntime({ store, actors: [clubActor, membershipActor(cards), reminderActor(post)] });
await runtime.start();

const clubId = newId();
await runtime.actor("club", clubId).propose({ type: "ClubFounded" }, { by: "operator" });

const membership = runtime.actor("membership", newId());
const receipt = await membership.propose(
  { type: "TrialStarted", clubId, card: "expired", fee: "1200", trialMs: 300 },
  { messageId: "form-17" },
);
console.log(receipt.outcome, receipt.state);

for await (const { version, type, state } of membership.subscribe()) {
  console.log(`v${version} ${type} → ${state}`);
  if (state === "pastDue") await membership.propose({ type: "CardReplaced", card: "4242" });
  if (state === "active") break;
}

const joined = runtime.actor("club", clubId).subscribe({ fromVersion: 2 });
for await (const { type, data } of joined) {
  console.log(`the club: ${type} ${data}`);
  break;
}

await runtime.stop(1_000);
await store.close();
