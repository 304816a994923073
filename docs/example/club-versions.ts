/** The club's second machine: it also counts who has left. Clubs of the first go on with it. */
import type { ActorDefinition, MachineVersion } from "statewright";
import { assign, setup } from "xstate";
import { clubActor, clubMachine } from "./club.ts";

const secondClubMachine = setup({
  types: {
    context: {} as { members: string[]; left: number },
    events: {} as { type: "MemberJoined" | "MemberLeft"; memberId: string },
  },
}).createMachine({
  id: "club",
  context: { members: [], left: 0 },
  on: {
    MemberJoined: { actions: assign({ members: ({ context, event }) => [...context.members, event.memberId] }) },
    MemberLeft: {
      actions: assign({
        members: ({ context, event }) => context.members.filter((id) => id !== event.memberId),
        left: ({ context }) => context.left + 1,
      }),
    },
  },
});

const first: MachineVersion = { version: "1", machine: clubMachine };
const second: MachineVersion = {
  version: "2",
  machine: secondClubMachine,
  adopt: (context: { members: string[] }) => ({ ...context, left: 0 }),
};

export const secondClubActor: ActorDefinition = {
  ...clubActor,
  ...second,
  versions: [first, second],
};
