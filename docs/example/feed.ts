/** Every event that any node commits, to whoever listens in this process. */
import { type Bus, createInProcessBus, silentLogger, startRelay, type Store, systemClock } from "statewright";

export async function openFeed(store: Store): Promise<{ bus: Bus; close(): Promise<void> }> {
  const bus = createInProcessBus(silentLogger);
  const relay = await startRelay({ log: store, bus, clock: systemClock, logger: silentLogger });
  const stopListening = await store.onAppended(() => relay.wake());
  return {
    bus,
    async close() {
      await stopListening();
      await relay.stop();
      await bus.close();
    },
  };
}
