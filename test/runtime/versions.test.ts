/** Versions of one machine side by side, on nodes over one Postgres: a rolling upgrade, and the way back. */
import { describe, expect, it } from "vitest";
import { createMachine } from "xstate";
import { type Acceptance, judgeProposal } from "../../src/runtime/acceptance.ts";
import { type EventMetadata, foldEvent } from "../../src/runtime/actor-state.ts";
import type { Activity, ActorDefinition, MachineVersion } from "../../src/runtime/definition.ts";
import { moveOf } from "../../src/runtime/move.ts";
import { recordEvent } from "../../src/runtime/record.ts";
import { judgeHistory } from "../../src/runtime/upgrade-check.ts";
import { registerActors } from "../../src/runtime/register.ts";
import { clubActor } from "../../docs/example/club.ts";
import { secondClubActor } from "../../docs/example/club-versions.ts";
import { eventually } from "../support/eventually.ts";
import { flawsOf } from "../support/histories.ts";
import { usePostgresNodes } from "../support/postgres-nodes.ts";
import { ticketAfter, ticketBefore, ticketRolledBack } from "../support/toys-versions.ts";

const nodes = usePostgresNodes();
const registered = registerActors([ticketAfter()]);

/** Nodes that live at once and have no link write in turns, which is no flaw here. */
const provesAll = async () =>
  expect((await flawsOf(nodes.store(), registered)).filter((flaw) => !flaw.includes("was written by"))).toEqual([]);
const versionsOf = async (actor: string) =>
  (await nodes.history(actor)).map(({ metadata }) => /"ticket@(\d)#/.exec(metadata)?.[1]).join("");

describe("an actor that began with an earlier version", () => {
  it("moves with its next event, where it waits for nothing else, and takes its context along", async () => {
    const before = await nodes.start([ticketBefore()], { nodeId: "before" });
    await before.tell("ticket/a", "Opened");
    await before.tell("ticket/a", "Noted");
    await before.runtime.stop(0);
    const after = await nodes.start([ticketAfter()], { nodeId: "after" });
    expect((await after.look("ticket/a"))?.context).toEqual({ id: "a", note: "one" });
    expect(await after.tell("ticket/a", "Escalated", { expectedVersion: 2 })).toMatchObject({
      outcome: "accepted",
      version: 4,
    });
    expect(await nodes.types("ticket/a")).toEqual(["Opened", "Noted", "MachineChanged", "Escalated"]);
    expect(await versionsOf("ticket/a")).toBe("1122");
    expect((await after.look("ticket/a"))?.context).toEqual({ id: "a", notes: ["one", "escalated"] });
    await provesAll();
  });

  it("stays where the other would wait for something else, or has no such state, and moves behind it", async () => {
    const before = await nodes.start([ticketBefore()], { nodeId: "before" });
    for (const event of ["Opened", "Assigned"]) await before.tell("ticket/b", event);
    for (const event of ["Opened", "PutAway"]) await before.tell("ticket/c", event);
    await before.runtime.stop(0);
    const after = await nodes.start([ticketAfter()], { nodeId: "after" });
    expect(await after.tell("ticket/b", "GivenBack")).toMatchObject({ outcome: "accepted", version: 3 });
    expect(await after.tell("ticket/c", "Escalated")).toMatchObject({ outcome: "refused", reason: "notAllowed" });
    await after.tell("ticket/c", "TakenOut");
    await after.tell("ticket/b", "Noted");
    await after.tell("ticket/c", "Noted");
    expect(await versionsOf("ticket/b")).toBe("11122");
    expect(await nodes.types("ticket/c")).toEqual(["Opened", "PutAway", "TakenOut", "MachineChanged", "Noted"]);
    await provesAll();
  });

  it("takes what it offers, though the other version would not, and stays for that", async () => {
    const before = await nodes.start([ticketBefore()], { nodeId: "before" });
    await before.tell("ticket/k", "Opened");
    await before.runtime.stop(0);
    const after = await nodes.start([ticketAfter()], { nodeId: "after" });
    const offered = (await after.runtime.actor("ticket", "k").snapshot())?.allowed("client");
    expect(offered).toContain("PutAway");
    expect(await after.tell("ticket/k", "PutAway", { expectedVersion: 1 })).toMatchObject({ outcome: "accepted" });
    expect(await after.tell("ticket/k", "Approved", { expectedVersion: 2 })).toMatchObject({
      outcome: "refused",
      version: 2,
    });
    await after.tell("ticket/k", "TakenOut");
    expect(await after.tell("ticket/k", "Approved", { expectedVersion: 7 })).toMatchObject({
      outcome: "refused",
      reason: "versionConflict",
      version: 3,
    });
    expect(await versionsOf("ticket/k")).toBe("111");
    await provesAll();
  });

  it("does not move into a state that has got states of its own", () => {
    const [first] = ticketAfter().versions!;
    const machine = createMachine({
      id: "ticket",
      initial: "open",
      states: { open: { initial: "new", states: { new: { on: { Noted: "seen" } }, seen: {} } } },
    });
    const second: MachineVersion = { version: "2", machine };
    const definition = { ...ticketBefore(), ...second, versions: [first!, second] };
    const ref = { type: "ticket", id: "l" };
    const begun = judgeProposal(registerActors([ticketBefore()]).get("ticket")!, ref, undefined, {
      event: { type: "Opened" },
    });
    const { event } = recordEvent(
      registered.get("ticket")!,
      ref,
      undefined,
      begun as Acceptance,
      { correlation: "x" },
      1,
    );
    const row = { ...event, stream: "ticket/l", version: 1, position: 1, recordedAt: 0 };
    const metadata = { ...JSON.parse(event.metadata) as EventMetadata, machine: "ticket@1#0" };
    const actor = registerActors([definition]).get("ticket")!;
    const state = foldEvent(actor, ref, undefined, row, metadata, new Set());
    expect(state.path).toBe("open");
    expect(moveOf(actor, ref, state, 1)).toBeUndefined();
  });

  it("moves when its work comes back, and the work is done once", async () => {
    let answer: (output: string) => void = () => {};
    let begun = 0;
    const repair: Activity = {
      run: () => {
        begun++;
        return new Promise<string>((resolve) => (answer = resolve));
      },
    };
    const before = await nodes.start([ticketBefore(repair)], { nodeId: "before" });
    for (const event of ["Opened", "Assigned", "Begun"]) await before.tell("ticket/d", event);
    await before.runtime.stop(0);
    const after = await nodes.start([ticketAfter(repair)], { nodeId: "after" });
    await eventually(() => expect(begun).toBe(2));
    answer("fine");
    await eventually(async () => expect((await after.look("ticket/d"))?.state).toBe("checked"));
    expect(await nodes.types("ticket/d")).toEqual([
      "Opened",
      "Assigned",
      "Begun",
      "MachineChanged",
      "ActivityCompleted",
    ]);
    expect(begun).toBe(2);
    await provesAll();
  });

  it("is moved once, whoever else writes it at the same time", async () => {
    const one = await nodes.start([ticketAfter()], { nodeId: "one" });
    const two = await nodes.start([ticketAfter()], { nodeId: "two" });
    const before = await nodes.start([ticketBefore()], { nodeId: "before" });
    for (let n = 0; n < 10; n++) {
      await before.tell(`ticket/e${n}`, "Opened");
      const told = await Promise.all([
        one.tell(`ticket/e${n}`, "Noted"),
        two.tell(`ticket/e${n}`, "Noted"),
        one.tell(`ticket/e${n}`, "Escalated"),
      ]);
      expect(told.map(({ outcome }) => outcome)).toEqual(["accepted", "accepted", "accepted"]);
      expect((await nodes.types(`ticket/e${n}`)).filter((type) => type === "MachineChanged")).toHaveLength(1);
    }
    await provesAll();
  });
});

describe("a rolling upgrade", () => {
  it("leaves actors that are on the new version to the nodes that know it", async () => {
    const before = await nodes.start([ticketBefore()], { nodeId: "before" });
    const after = await nodes.start([ticketAfter()], { nodeId: "after" });
    await after.tell("ticket/f", "Opened");
    await before.tell("ticket/g", "Opened");
    await after.tell("ticket/g", "Noted");
    for (const actor of ["ticket/f", "ticket/g"]) {
      await expect(before.tell(actor, "Noted")).rejects.toMatchObject({ code: "UNAVAILABLE" });
    }
    await after.tell("ticket/f", "Escalated");
    expect(await versionsOf("ticket/f")).toBe("22");
    expect(await versionsOf("ticket/g")).toBe("122");
    await provesAll();
  });

  it("goes back: what has moved goes on with the new version, what begins begins with the earlier one", async () => {
    const after = await nodes.start([ticketAfter()], { nodeId: "after" });
    await after.tell("ticket/h", "Opened");
    await after.tell("ticket/h", "Escalated");
    await after.runtime.stop(0);
    const back = await nodes.start([ticketRolledBack()], { nodeId: "back" });
    expect(await back.tell("ticket/h", "Escalated")).toMatchObject({ outcome: "accepted" });
    await back.tell("ticket/i", "Opened");
    await back.tell("ticket/i", "PutAway");
    expect(await versionsOf("ticket/h")).toBe("222");
    expect(await versionsOf("ticket/i")).toBe("11");
    await back.runtime.stop(0);
    const again = await nodes.start([ticketAfter()], { nodeId: "again" });
    await again.tell("ticket/i", "TakenOut");
    await again.tell("ticket/i", "Noted");
    expect(await versionsOf("ticket/i")).toBe("11122");
    await provesAll();
  });

  it("breaks nobody, says the upgrade check", async () => {
    const before = await nodes.start([ticketBefore()], { nodeId: "before" });
    for (const event of ["Opened", "PutAway"]) await before.tell("ticket/j", event);
    const rows = await nodes.history("ticket/j");
    const ref = { type: "ticket", id: "j" };
    const judge = (definition: ActorDefinition) =>
      judgeHistory(
        {
          candidate: registerActors([definition]).get("ticket")!,
          baseline: registerActors([ticketBefore()]).get("ticket")!,
        },
        ref,
        rows,
      );
    expect(judge(ticketAfter())).toMatchObject({ verdict: "same", breaks: false });
    const { versions: _, ...inPlace } = ticketAfter();
    expect(judge(inPlace)).toMatchObject({ breaks: true });
  });
});

it("the page's club keeps its members", async () => {
  const actor = "club/chess";
  const first = await nodes.start([clubActor], { nodeId: "first" });
  await first.runtime.actor("club", "chess").propose({ type: "ClubFounded" }, { by: "operator" });
  const join = { type: "MemberJoined", memberId: "ada" };
  await first.runtime.actor("club", "chess").propose(join, { by: "internal" });
  await first.runtime.stop(0);
  const second = await nodes.start([secondClubActor], { nodeId: "second" });
  expect((await second.look(actor))?.context).toEqual({ members: ["ada"] });
  const leave = { type: "MemberLeft", memberId: "ada" };
  await second.runtime.actor("club", "chess").propose(leave, { by: "internal" });
  expect((await second.look(actor))?.context).toEqual({ members: [], left: 1 });
  expect(await nodes.types(actor)).toEqual(["ClubFounded", "MemberJoined", "MachineChanged", "MemberLeft"]);
});

describe("a definition with versions", () => {
  const [one, two] = ticketAfter().versions!;
  it.each<[string, Partial<ActorDefinition>, RegExp]>([
    ["that lack its own", { versions: [one!] }, /its machine and version "2" are not among its versions/],
    [
      "of one name",
      { versions: [one!, two!, { ...one!, version: "2" }] },
      /two of its versions have one name: 1, 2, 2/,
    ],
    ["with an @", { versions: [{ ...one!, version: "a@b" }, two!] }, /the version "a@b" has an @ or # in its name/],
    ["and the event MachineChanged", { created: "MachineChanged" }, /"MachineChanged" is not among its events/],
  ])("%s is refused", (_, more, words) => {
    expect(() => registerActors([{ ...ticketAfter(), ...more }])).toThrow(words);
  });
});
