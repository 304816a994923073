/** Everything that follows the log: the relay that feeds the bus, the read models, the shop's subscribers. */
import type { Bus } from "../../messaging/bus.ts";
import { type Relay, startRelay } from "../../messaging/relay.ts";
import type { TaskQueues } from "../../messaging/task-queues.ts";
import { type Projector, startProjector } from "../../projection/projector.ts";
import { createSubscriber } from "../../projection/subscriber.ts";
import { traceProjection, traceSubscription } from "../../projection/traced-readers.ts";
import { enqueueWelcomeMail } from "../../shop/mail/welcome-mail.ts";
import { shopProjections } from "../../shop/projections/shop-projections.ts";
import { shopSubscribers } from "../../shop/subscribers/shop-subscribers.ts";
import type { Parts } from "./parts.ts";

export interface Readers {
  readonly relay: Relay;
  readonly projector: Projector;
  /** The log has grown. */
  wake(): void;
}

/** Starts them. Woken by the bus and by the store, whoever is first; what they read is the log. */
export async function startReaders(parts: Parts, bus: Bus, queues: TaskQueues): Promise<Readers> {
  const { store, life, nodeId } = parts;
  const cluster = { leases: store, holder: nodeId };
  const relay = await startRelay({ ...parts, log: store, bus, cluster });
  life.onEnd(() => relay.stop());

  const projector = startProjector({ ...parts, projections: shopProjections.map(traceProjection) });
  life.onEnd(() => projector.stop());

  const subscriber = createSubscriber({ ...parts, member: nodeId });
  life.onEnd(() => subscriber.stop());
  const welcome = (customerId: string, eventId: string) => enqueueWelcomeMail(queues, customerId, eventId);
  for (const subscription of shopSubscribers(welcome)) {
    await subscriber.subscribe(traceSubscription(subscription));
  }

  // What the relay has published itself is no news to it.
  const wakeReaders = () => {
    projector.wake();
    subscriber.wake();
  };
  const wake = () => {
    relay.wake();
    wakeReaders();
  };
  life.onEnd(await store.onAppended(wake));
  await bus.subscribe(wakeReaders);
  return { relay, projector, wake };
}
