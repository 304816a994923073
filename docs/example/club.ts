/** A club knows its members. It hears of them from their memberships, so a client cannot put itself on the list. */
import { defineActor } from "statewright";
import { assign, setup } from "xstate";
import { z } from "zod";

export const clubMachine = setup({
  types: {
    context: {} as { members: string[] },
    events: {} as { type: "MemberJoined" | "MemberLeft"; memberId: string },
  },
}).createMachine({
  id: "club",
  context: { members: [] },
  on: {
    MemberJoined: { actions: assign({ members: ({ context, event }) => [...context.members, event.memberId] }) },
    MemberLeft: {
      actions: assign({ members: ({ context, event }) => context.members.filter((id) => id !== event.memberId) }),
    },
  },
});

const member = z.strictObject({ memberId: z.string() });

export const clubActor = defineActor({
  type: "club",
  machine: clubMachine,
  version: "1",
  created: "ClubFounded",
  events: {
    ClubFounded: { by: "operator", schema: z.strictObject({}) },
    MemberJoined: { by: "internal", schema: member },
    MemberLeft: { by: "internal", schema: member },
  },
});
