/** Tells the stories of test/support/features.ts to a process. */
import { expect } from "vitest";
import type { Store } from "../../src/store/store.ts";
import { eventually } from "./eventually.ts";
import type { Feature } from "./features.ts";
import { histories, types } from "./histories.ts";
import type { ToyProcess } from "./toy-process.ts";

/**
 * What goes before the intents, each actor at most one event further in each round, so that its order is kept. Then
 * all is at rest, and the actors of the intents are awake, so that all intents can be one commit.
 */
export async function prepare(node: ToyProcess, store: Store, features: readonly Feature[]): Promise<void> {
  for (let i = 0; features.some(({ before }) => before[i]); i++) {
    const answers = await node.batch(features.flatMap(({ before }) => before[i] ?? []));
    expect(answers.filter(({ outcome }) => outcome !== "accepted")).toEqual([]);
  }
  await eventually(async () => {
    const log = await histories(store);
    for (const [stream, length] of features.flatMap(({ settled = {} }) => Object.entries(settled))) {
      expect([stream, log.get(stream)?.length]).toEqual([stream, length]);
      // The waiting row shows a delivered message for a while.
      expect([stream, (await store.waiting(stream))?.open.includes('"message"')]).toEqual([stream, false]);
    }
  });
  await Promise.all(features.map(({ intent }) => node.look(intent.actor)));
}

/** Every history has come to its end. */
export async function expectDone(store: Store, features: readonly Feature[]): Promise<void> {
  const log = await histories(store);
  for (const [stream, expected] of features.flatMap(({ histories }) => Object.entries(histories))) {
    expect([stream, ...types(log.get(stream))]).toEqual([stream, ...expected]);
  }
}
