/** Three letters, a while apart. The child of a membership that cannot be charged; it ends when nobody answers. */
import { defineActor } from "statewright";
import { assign, fromPromise, setup } from "xstate";
import { z } from "zod";

const LETTERS = 3;

interface Debtor {
  memberId: string;
  everyMs: number;
}

export const reminderMachine = setup({
  types: {
    input: {} as Debtor,
    context: {} as Debtor & { letters: number },
    output: {} as { letters: number },
  },
  actors: { sendLetter: fromPromise<void, { memberId: string; letter: number }>(async () => {}) },
  delays: { patience: ({ context }) => context.everyMs },
  guards: { allAreSent: ({ context }) => context.letters >= LETTERS },
}).createMachine({
  id: "reminder",
  context: ({ input: { memberId, everyMs } }) => ({ memberId, everyMs, letters: 0 }),
  initial: "writing",
  states: {
    writing: {
      entry: assign({ letters: ({ context }) => context.letters + 1 }),
      invoke: {
        src: "sendLetter",
        input: ({ context: { memberId, letters } }) => ({ memberId, letter: letters }),
        onDone: "waiting",
        onError: "waiting",
      },
    },
    waiting: { after: { patience: [{ guard: "allAreSent", target: "unanswered" }, { target: "writing" }] } },
    unanswered: { type: "final" },
  },
  output: ({ context }) => ({ letters: context.letters }),
});

export interface PostOffice {
  send(letter: { memberId: string; letter: number }, key: string): Promise<void>;
}

export function reminderActor(post: PostOffice) {
  return defineActor({
    type: "reminder",
    machine: reminderMachine,
    version: "1",
    created: "ReminderStarted",
    events: {
      ReminderStarted: {
        by: "internal",
        schema: z.strictObject({ memberId: z.string(), everyMs: z.int().positive() }),
      },
    },
    activities: { sendLetter: { run: (letter, { key }) => post.send(letter, key) } },
  });
}
