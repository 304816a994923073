/** The cards are charged elsewhere: by whoever works off the tasks of `activity.membership.chargeCard`. */
import {
  type ActorDefinition,
  createJetStreamTaskQueues,
  createRemoteWork,
  createRuntime,
  openNats,
  type Runtime,
  silentLogger,
  type Store,
  systemClock,
} from "statewright";
import { membershipActor } from "./membership.ts";

const nobody = { charge: () => Promise.reject(new Error("not here")) };

export const remoteMembership: ActorDefinition = {
  ...membershipActor(nobody),
  activities: {
    chargeCard: { remote: true, retry: { attempts: 8, timeoutMs: 10_000 } },
  },
};

export async function createRemoteRuntime(store: Store, others: ActorDefinition[], natsUrl: string): Promise<Runtime> {
  const nats = await openNats({ url: natsUrl, name: "club", clock: systemClock, logger: silentLogger });
  const remote = createRemoteWork(createJetStreamTaskQueues({ nats }));
  return createRuntime({ store, actors: [remoteMembership, ...others], remote });
}
