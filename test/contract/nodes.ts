import { expect, it } from "vitest";
import type { AppendRun } from "../../src/store/store.ts";
import { newRun, waitingFor } from "../support/runs.ts";
import { appender, HOUR_MS, type Subject } from "./subject.ts";

export function nodeContract(subject: Subject): void {
  const append = appender(subject);
  const streams = (rows: readonly { stream: string }[]) => rows.map(({ stream }) => stream);
  const due = async (epoch: number, limit = 10) => streams((await subject().store.claimDue(epoch, limit)).rows);
  const orphans = async (epoch: number, limit = 10) => streams(await subject().other.claimOrphans(epoch, limit)).sort();
  const timer = (stream: string, dueInMs: number, busy = false) =>
    newRun(stream, 0, ["A"], { waiting: waitingFor({ dueInMs, busy, open: `["${stream}"]` }) });
  const appendAs = (epoch: number, ...runs: AppendRun[]) => subject().store.append(epoch, runs);

  it("get epochs that rise", async () => {
    const [a, b] = [await subject().store.join("a"), await subject().other.join("b")];
    expect(b).toBeGreaterThan(a);
    expect(await subject().store.join("a")).toBeGreaterThan(b);
  });

  it("claim what is due, the earliest first, and hear of the next", async () => {
    const { store, passTime } = subject();
    const epoch = await store.join("a");
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
    const epoch = await subject().store.join("a");
    await append(timer("actor/1", 1), timer("actor/2", 2), timer("actor/3", 3));
    await subject().passTime(10);
    expect(await due(epoch, 2)).toEqual(["actor/1", "actor/2"]);
    expect(await due(epoch, 2)).toEqual(["actor/1", "actor/2"]);
    expect((await subject().store.claimDue(epoch, 3)).nextDueAt).toBeNull();
  });

  it("leave alone what another living node looks after, until it is dead", async () => {
    const { store, other, passTime } = subject();
    const a = await store.join("a");
    const b = await other.join("b");
    await append(timer("actor/1", 1));
    await appendAs(b, timer("actor/2", 1, true));
    await passTime(10);
    expect(await due(a)).toEqual(["actor/1"]);
    expect(await due(b)).toEqual(["actor/2"]);
    expect(await orphans(a)).toEqual([]);
    await passTime(7_000);
    expect(await store.beat(a)).toBe(true);
    await passTime(2_000);
    expect(await due(a)).toEqual(["actor/1", "actor/2"]);
  });

  it("take over the work of the dead, each actor once", async () => {
    const { store, other, passTime } = subject();
    const dead = await store.join("dead");
    await appendAs(
      dead,
      ...Array.from({ length: 6 }, (_, i) => newRun(`actor/${i}`, 0, ["A"], { waiting: waitingFor({ busy: true }) })),
    );
    await appendAs(dead, newRun("actor/idle", 0, ["A"], { waiting: waitingFor() }));
    await passTime(9_000);
    const [a, b] = [await store.join("a"), await other.join("b")];
    expect(await orphans(a, 2)).toHaveLength(2);
    const [more, others] = await Promise.all([orphans(a, 10), subject().store.claimOrphans(b, 10)]);
    expect(more.length + others.length).toBe(4);
    expect([...more, ...streams(others)]).not.toContain("actor/idle");
    expect(await orphans(b)).toEqual([]);
  });

  it("are dead at once in their earlier epochs when they join again", async () => {
    const first = await subject().store.join("a");
    await appendAs(first, newRun("actor/1", 0, ["A"], { waiting: waitingFor({ busy: true }) }));
    const second = await subject().store.join("a");
    expect(await subject().store.beat(first)).toBe(false);
    expect(await orphans(second)).toEqual(["actor/1"]);
  });

  it("hear that they are dead when they have not beaten for 8 s", async () => {
    const epoch = await subject().store.join("a");
    await subject().passTime(7_000);
    expect(await subject().store.beat(epoch)).toBe(true);
    await subject().passTime(7_000);
    expect(await subject().store.beat(epoch)).toBe(true);
    await subject().passTime(8_001);
    expect(await subject().store.beat(epoch)).toBe(false);
  });

  it("leave their work behind when they leave", async () => {
    const { store, other } = subject();
    const [a, b] = [await store.join("a"), await other.join("b")];
    await appendAs(a, newRun("actor/1", 0, ["A"], { waiting: waitingFor({ busy: true }) }));
    expect(await orphans(b)).toEqual([]);
    await store.leave(a);
    expect(await store.beat(a)).toBe(false);
    expect(await orphans(b)).toEqual(["actor/1"]);
  });

  it("give up a claim with the actor's next append", async () => {
    const { store, other, passTime } = subject();
    const [a, b] = [await store.join("a"), await other.join("b")];
    await append(timer("actor/1", 1));
    await passTime(10);
    expect(await due(a)).toEqual(["actor/1"]);
    await append(newRun("actor/1", 1, ["B"], { waiting: waitingFor({ dueInMs: 1 }) }));
    await passTime(10);
    expect(await due(b)).toEqual(["actor/1"]);
  });

  it("put off an actor they cannot wake, so that those behind it come", async () => {
    const { store, passTime } = subject();
    const epoch = await store.join("a");
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
    const [a, b] = [await store.join("a"), await other.join("b")];
    await append(timer("actor/1", 1));
    await passTime(10);
    await due(a);
    await store.postpone(b, "actor/1", HOUR_MS);
    expect(await due(a)).toEqual(["actor/1"]);
  });
}
