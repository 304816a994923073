/** The broker as task queues see it: asked with our own errors, and given what a queue needs when that is missing. */
import type { JetStreamManager } from "@nats-io/jetstream";
import type { WorkOptions } from "../task-queues.ts";
import type { Nats } from "./connection.ts";
import { busError } from "./failures.ts";
import { managerOf } from "./streams.ts";
import { ensureQueue, ensureTaskStreams } from "./task-streams.ts";

export interface TaskBroker {
  /** Asks the broker something. @throws StatewrightError `UNAVAILABLE` when it does not answer */
  ask<T>(question: (manager: JetStreamManager) => Promise<T>): Promise<T>;
  /** Makes sure that a queue can take tasks. @param work what its workers want; then it is always looked at */
  ensure(queue: string, work?: WorkOptions): Promise<void>;
  /** What was ensured may be gone. */
  forget(): void;
}

export function createTaskBroker(nats: Nats): TaskBroker {
  const known = new Set<string>();
  const ask: TaskBroker["ask"] = async (question) => {
    try {
      return await question(await managerOf(nats.client()));
    } catch (thrown) {
      throw busError(thrown);
    }
  };
  return {
    ask,
    async ensure(queue, work) {
      if (work === undefined && known.has(queue)) return;
      await ask(async (manager) => {
        await ensureTaskStreams(nats.client());
        await ensureQueue(manager, queue, work);
      });
      known.add(queue);
    },
    forget: () => known.clear(),
  };
}
