import fc from "fast-check";
import { checkMachine, createManualClock, createMemoryStore, createRuntime, given } from "statewright";
import { expect, test } from "vitest";
import { clubActor } from "./club.ts";
import { membershipActor } from "./membership.ts";
import { reminderActor } from "./reminder.ts";

const DAY = 24 * 60 * 60 * 1_000;
const trial = { type: "TrialStarted", clubId: "chess", card: "4242", fee: "1200", trialMs: 14 * DAY };

const post = { send: async () => {} };
const membership = membershipActor({ charge: async () => ({ receipt: "r-1" }) });
const ada = { id: "ada", children: [reminderActor(post)] };

test("after the trial the card is charged, and the club hears of its member", () => {
  given(membership, [trial], ada)
    .whenTimerFires("trial").then(({ effects }) => {
      expect(effects).toMatchObject([
        { kind: "activity", src: "chargeCard", input: { card: "4242", fee: "1200" } },
      ]);
    })
    .whenActivityAnswers("chargeCard", { receipt: "r-1" }).then(({ state, context, effects }) => {
      expect(state).toBe("active");
      expect(context).toMatchObject({ receipt: "r-1" });
      expect(effects).toEqual([
        { kind: "message", to: { type: "club", id: "chess" }, event: { type: "MemberJoined", memberId: "ada" } },
      ]);
    });
});

test("who does not answer three letters is no member any more", () => {
  given(membership, [trial], ada)
    .whenTimerFires("trial")
    .whenActivityFails("chargeCard", { name: "Error", message: "no cover", code: "" })
    .then(({ state }) => expect(state).toBe("pastDue"))
    .whenChildEnds("reminder", { letters: 3 })
    .then(({ state }) => expect(state).toBe("ended"));
});

test("nobody puts a member on the list by hand", () => {
  given(clubActor, [{ type: "ClubFounded" }])
    .when({ type: "MemberJoined", memberId: "eve" }, "client")
    .then(({ refused, context }) => {
      expect(refused).toBe("notPublic");
      expect(context).toEqual({ members: [] });
    });
});

test("fourteen days pass in a moment", async () => {
  const clock = createManualClock();
  const actors = [membership, clubActor, reminderActor(post)];
  const runtime = createRuntime({ store: createMemoryStore({ clock }), clock, actors });
  await runtime.start();

  await runtime.actor("club", "chess").propose({ type: "ClubFounded" }, { by: "operator" });
  await runtime.actor("membership", "ada").propose(trial);
  clock.advance(14 * DAY);
  for await (const { state } of runtime.actor("membership", "ada").subscribe()) if (state === "active") break;

  await runtime.stop(0);
});

test("whatever happens to a membership", () => {
  const { untaken, oneSided } = checkMachine(fc, membership, {
    children: [reminderActor(post)],
    events: { TrialStarted: fc.constant(trial) },
    answers: {
      chargeCard: fc.record({ receipt: fc.string() }),
      reminder: fc.record({ letters: fc.nat(3) }),
    },
    invariant({ state, context }) {
      if (state === "active") expect(context).toMatchObject({ receipt: expect.any(String) });
    },
  });
  expect({ untaken, oneSided }).toEqual({ untaken: [], oneSided: [] });
});
