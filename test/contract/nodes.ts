import { expect, it } from "vitest";
import type { AppendRun, NodeInfo } from "../../src/store/store.ts";
import { eventually } from "../support/eventually.ts";
import { newRun, waitingFor } from "../support/runs.ts";
import { appender, HOUR_MS, type Subject } from "./subject.ts";

/** A node that runs these types. */
const node = (id: string, ...types: string[]): NodeInfo => ({
  id,
  address: null,
  types: types.length > 0 ? types : ["actor"],
});

export function nodeContract(subject: Subject): void {
  const append = appender(subject);
  const streams = (rows: readonly { stream: string }[]) => rows.map(({ stream }) => stream);
  const due = async (epoch: number, limit = 10) => streams((await subject().store.claimDue(epoch, limit)).rows);
  const orphans = async (epoch: number, limit = 10) => streams(await subject().other.claimOrphans(epoch, limit)).sort();
  const timer = (stream: string, dueInMs: number, busy = false) =>
    newRun(stream, 0, ["A"], { waiting: waitingFor({ dueInMs, busy, open: `["${stream}"]` }) });
  const appendAs = (epoch: number, ...runs: AppendRun[]) => subject().store.append(epoch, runs);

  it("get epochs that rise", async () => {
    const [a, b] = [await subject().store.join(node("a")), await subject().other.join(node("b"))];
    expect(b).toBeGreaterThan(a);
    expect(await subject().store.join(node("a"))).toBeGreaterThan(b);
  });

  it("claim what is due, the earliest first, and hear of the next", async () => {
    const { store, passTime } = subject();
    const epoch = await store.join(node("a"));
    await append(
      timer("actor/1", 20_000),
      timer("actor/2", 10_000),
      timer("actor/3", HOUR_MS),
      newRun("actor/4", 0, ["A"], { waiting: waitingFor() }),
    );
    expect(await store.claimDue(epoch, 10)).toMatchObject({ rows: [] });
    await passTime(30_000);
    await store.beat(epoch);
    const { now, rows, nextDueAt } = await store.claimDue(epoch, 10);
    expect(streams(rows)).toEqual(["actor/2", "actor/1"]);
    expect(rows[0]).toMatchObject({ open: '["actor/2"]' });
    expect(rows[0]!.dueAt).toBeLessThan(now);
    expect(nextDueAt).toBe((await store.waiting("actor/3"))!.dueAt);
    expect(nextDueAt).toBeGreaterThan(now);
  });

  it("claim no more than a limit, and get again what they claimed before", async () => {
    const epoch = await subject().store.join(node("a"));
    await append(timer("actor/1", 1), timer("actor/2", 2), timer("actor/3", 3));
    await subject().passTime(10);
    expect(await due(epoch, 2)).toEqual(["actor/1", "actor/2"]);
    expect(await due(epoch, 2)).toEqual(["actor/1", "actor/2"]);
    expect((await subject().store.claimDue(epoch, 3)).nextDueAt).toBeNull();
  });

  it("leave alone what another living node looks after, until it is dead", async () => {
    const { store, other, passTime } = subject();
    const a = await store.join(node("a"));
    const b = await other.join(node("b"));
    await append(timer("actor/1", 1));
    await appendAs(b, timer("actor/2", 2, true));
    await passTime(10);
    expect(await due(a)).toEqual(["actor/1"]);
    expect(await due(b)).toEqual(["actor/2"]);
    expect(await orphans(a)).toEqual([]);
    await passTime(7_000);
    expect(await store.beat(a)).toBeDefined();
    await passTime(2_000);
    expect(await due(a)).toEqual(["actor/1", "actor/2"]);
  });

  it("take over the work of the dead, each actor once", async () => {
    const { store, other, passTime } = subject();
    const dead = await store.join(node("dead"));
    await appendAs(
      dead,
      ...Array.from({ length: 6 }, (_, i) => newRun(`actor/${i}`, 0, ["A"], { waiting: waitingFor({ busy: true }) })),
    );
    await appendAs(dead, newRun("actor/idle", 0, ["A"], { waiting: waitingFor() }));
    await passTime(9_000);
    const [a, b] = [await store.join(node("a")), await other.join(node("b"))];
    expect(await orphans(a, 2)).toHaveLength(2);
    const [more, others] = await Promise.all([orphans(a, 10), subject().store.claimOrphans(b, 10)]);
    expect(more.length + others.length).toBe(4);
    expect([...more, ...streams(others)]).not.toContain("actor/idle");
    expect(await orphans(b)).toEqual([]);
  });

  it("are dead at once in their earlier epochs when they join again", async () => {
    const first = await subject().store.join(node("a"));
    await appendAs(first, newRun("actor/1", 0, ["A"], { waiting: waitingFor({ busy: true }) }));
    const second = await subject().store.join(node("a"));
    expect(await subject().store.beat(first)).toBeUndefined();
    expect(await orphans(second)).toEqual(["actor/1"]);
  });

  it("hear that they are dead when they have not beaten for 8 s", async () => {
    const epoch = await subject().store.join(node("a"));
    await subject().passTime(7_000);
    expect(await subject().store.beat(epoch)).toBeDefined();
    await subject().passTime(7_000);
    expect(await subject().store.beat(epoch)).toBeDefined();
    await subject().passTime(8_001);
    expect(await subject().store.beat(epoch)).toBeUndefined();
  });

  it("leave their work behind when they leave", async () => {
    const { store, other } = subject();
    const [a, b] = [await store.join(node("a")), await other.join(node("b"))];
    await appendAs(a, newRun("actor/1", 0, ["A"], { waiting: waitingFor({ busy: true }) }));
    expect(await orphans(b)).toEqual([]);
    await store.leave(a);
    expect(await store.beat(a)).toBeUndefined();
    expect(await orphans(b)).toEqual(["actor/1"]);
  });

  it("give up a claim with the actor's next append", async () => {
    const { store, other, passTime } = subject();
    const [a, b] = [await store.join(node("a")), await other.join(node("b"))];
    await append(timer("actor/1", 1));
    await passTime(10);
    expect(await due(a)).toEqual(["actor/1"]);
    await append(newRun("actor/1", 1, ["B"], { waiting: waitingFor({ dueInMs: 1 }) }));
    await passTime(10);
    expect(await due(b)).toEqual(["actor/1"]);
  });

  it("put off an actor they cannot wake, so that those behind it come", async () => {
    const { store, passTime } = subject();
    const epoch = await store.join(node("a"));
    await append(timer("actor/1", 1), timer("actor/2", 2));
    await passTime(10);
    expect(await due(epoch, 1)).toEqual(["actor/1"]);
    await store.postpone(epoch, "actor/1", 5_000);
    expect(await due(epoch, 1)).toEqual(["actor/2"]);
    await passTime(6_000);
    expect(await due(epoch)).toEqual(["actor/2", "actor/1"]);
  });

  it("cannot put off what is not theirs", async () => {
    const { store, other, passTime } = subject();
    const [a, b] = [await store.join(node("a")), await other.join(node("b"))];
    await append(timer("actor/1", 1));
    await passTime(10);
    await due(a);
    await store.postpone(b, "actor/1", HOUR_MS);
    expect(await due(a)).toEqual(["actor/1"]);
  });

  it("hear with each beat who is alive, where, and what they run", async () => {
    const { store, other, passTime } = subject();
    const a = await store.join({ id: "a", address: "node.a", types: ["actor", "other"] });
    const b = await other.join(node("b"));
    const dead = await store.join(node("dead"));
    const members = await store.beat(a);
    expect(members?.toSorted((one, two) => one.epoch - two.epoch)).toEqual([
      { id: "a", epoch: a, address: "node.a", types: ["actor", "other"] },
      { id: "b", epoch: b, address: null, types: ["actor"] },
      { id: "dead", epoch: dead, address: null, types: ["actor"] },
    ]);
    await passTime(5_000);
    await Promise.all([store.beat(a), other.beat(b)]);
    await passTime(5_000);
    expect((await store.beat(a))?.map(({ id }) => id).toSorted()).toEqual(["a", "b"]);
    await other.leave(b);
    expect(await store.beat(a)).toHaveLength(1);
  });

  it("run nothing once they retire, and keep what they have claimed", async () => {
    const { store, other, passTime } = subject();
    const [a, b] = [await store.join(node("a")), await other.join(node("b"))];
    await appendAs(a, timer("actor/1", 1, true));
    await append(timer("actor/2", 1));
    await store.retire(a);
    expect((await store.beat(a))?.find(({ epoch }) => epoch === a)?.types).toEqual([]);
    await passTime(10);
    expect(await due(a)).toEqual([]);
    expect(await due(b)).toEqual(["actor/2"]);
    expect(await orphans(b)).toEqual([]);
  });

  it("are hinted at when they join, retire and leave", async () => {
    const { store, other } = subject();
    let hints = 0;
    const unlisten = await other.onMembersChanged(() => void hints++);
    const before = hints;
    const a = await store.join(node("a"));
    await eventually(() => expect(hints).toBeGreaterThan(before));
    for (const change of [() => store.retire(a), () => store.leave(a)]) {
      const before = hints;
      await change();
      await eventually(() => expect(hints).toBeGreaterThan(before));
    }
    await unlisten();
  });

  it("leave alone what they do not run", async () => {
    const { store, other, passTime } = subject();
    const dead = await store.join(node("dead"));
    await appendAs(
      dead,
      newRun("actor/1", 0, ["A"], { waiting: waitingFor({ busy: true }) }),
      newRun("actor2/1", 0, ["A"], { waiting: waitingFor({ busy: true }) }),
    );
    await append(timer("actor/2", 1), timer("actor2/2", 2), timer("actor2/3", HOUR_MS), timer("actor3/4", HOUR_MS / 2));
    await passTime(9_000);
    const [a, b] = [await store.join(node("a", "actor")), await other.join(node("b", "actor2", "unknown"))];
    expect(await orphans(a)).toEqual(["actor/1"]);
    expect(await orphans(b)).toEqual(["actor2/1"]);
    expect(await due(a)).toEqual(["actor/2"]);
    expect(await due(b)).toEqual(["actor2/2"]);
    expect((await store.claimDue(a, 10)).nextDueAt).toBeNull();
    expect((await store.claimDue(b, 10)).nextDueAt).toBe((await store.waiting("actor2/3"))!.dueAt);
  });

  it("claim of many types the earliest, up to the limit", async () => {
    const { store, passTime } = subject();
    const epoch = await store.join(node("a", "actor", "actor2", "actor3"));
    await append(timer("actor/1", 5), timer("actor2/1", 1), timer("actor3/1", 3), timer("actor2/2", 4));
    await passTime(10);
    expect(await due(epoch, 3)).toEqual(["actor2/1", "actor3/1", "actor2/2"]);
  });

  it("are told what they have claimed, by stream and in pages", async () => {
    const { store, other } = subject();
    const [a, b] = [await store.join(node("a")), await other.join(node("b"))];
    const busy = (stream: string) => newRun(stream, 0, ["A"], { waiting: waitingFor({ busy: true }) });
    await appendAs(a, busy("actor/c"), busy("actor/B"), busy("actor/a"), timer("actor/d", HOUR_MS));
    await appendAs(b, busy("actor/b"));
    const streams = async (...page: [number, string?]) => (await store.claims(a, ...page)).map(({ stream }) => stream);
    expect(await streams(10)).toEqual(["actor/B", "actor/a", "actor/c"]);
    expect(await streams(1, "actor/B")).toEqual(["actor/a"]);
    expect((await other.claims(b, 10)).map(({ stream }) => stream)).toEqual(["actor/b"]);
  });

  it("take over what another one hands on, and only that", async () => {
    const { store, other, passTime } = subject();
    const [a, b] = [await store.join(node("a")), await other.join(node("b"))];
    await appendAs(a, timer("actor/1", 1, true), timer("actor/2", 1, true));
    await append(timer("actor/3", 1));
    await passTime(10);
    const taken = await other.takeOver(b, a, ["actor/1", "actor/3", "actor/unknown"]);
    expect(taken).toMatchObject([{ stream: "actor/1", open: '["actor/1"]' }]);
    expect(await other.takeOver(b, a, ["actor/1"])).toEqual([]);
    expect(await due(b)).toEqual(["actor/1", "actor/3"]);
    expect(await due(a)).toEqual(["actor/2"]);
  });
}
