/** Chapter 4: hears what customers write. `notify.ts <name> <how many>` listens under that name, and ends after so many. */
import { openStore } from "../../src/cli/open-store.ts";
import { readConfig } from "../../src/config.ts";
import { createSubscriber, silentLogger, systemClock } from "../../src/mod.ts";

const [name, count] = process.argv.slice(2);
let left = Number(count);
const enough = Promise.withResolvers<void>();

const { store, close } = await openStore(readConfig(), { command: "the tutorial", share: true });
const subscriber = createSubscriber({ store, clock: systemClock, logger: silentLogger });
await subscriber.subscribe({
  name: `tutorial-${name}`,
  types: ["conversation"],
  events: ["ConversationOpened", "CustomerWrote"],
  from: "beginning",
  delivery: "at-least-once",
  async handle({ type, data }) {
    const { text } = JSON.parse(data) as { text: string };
    console.log(`${name}: ${type} "${text}"`);
    if (--left === 0) enough.resolve();
  },
});
const stopListening = await store.onAppended(() => subscriber.wake());
await enough.promise;
await stopListening();
await subscriber.stop();
await close();
