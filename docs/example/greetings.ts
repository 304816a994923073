/** A durable subscriber: greets who has joined a club, whichever process runs it, and goes on where it was. */
import { createSubscriber, silentLogger, type Store, type Subscriber, systemClock } from "statewright";

export async function greetMembers(store: Store, greet: (memberId: string) => Promise<void>): Promise<Subscriber> {
  const subscriber = createSubscriber({ store, clock: systemClock, logger: silentLogger });
  await subscriber.subscribe({
    name: "greetings",
    types: ["club"],
    events: ["MemberJoined"],
    from: "beginning",
    delivery: "at-least-once",
    handle: ({ data }) => greet((JSON.parse(data) as { memberId: string }).memberId),
  });
  await store.onAppended(() => subscriber.wake());
  return subscriber;
}
