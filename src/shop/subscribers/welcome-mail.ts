/** Has a welcome mail sent to each new customer. */
import { refOf } from "../../kernel/ids.ts";
import type { Subscription } from "../../projection/subscription.ts";

/**
 * @param enqueue hands the mail to a queue. It may be called twice for one customer, with the same event id; the queue
 * has to take the second one for the first.
 */
export function welcomeMail(enqueue: (customerId: string, eventId: string) => Promise<void>): Subscription {
  return {
    name: "welcome-mail",
    types: ["customer"],
    events: ["CustomerRegistered"],
    from: "beginning",
    delivery: "at-least-once",
    handle: ({ stream, version }) => enqueue(refOf(stream).id, `${stream}/${version}`),
  };
}
