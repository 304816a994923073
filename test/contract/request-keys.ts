import { expect, it } from "vitest";
import type { AppendRun, RequestKey } from "../../src/store/store.ts";
import { newRun, waitingFor } from "../support/runs.ts";
import { APPENDED, appender, HOUR_MS, type Subject } from "./subject.ts";

type Key = AppendRun["requestKeys"][number];

function keyed(key: string, more: Partial<Key> = {}): readonly [Key] {
  return [{ principal: "somebody", operation: "POST /things", key, requestHash: "hash", eventIndex: 0, ...more }];
}

export function requestKeyContract(subject: Subject): void {
  const append = appender(subject);
  const find = (key: string, more: Partial<RequestKey> = {}) => subject().store.findRequest(keyed(key, more)[0]);

  it("are answered by the event that the run names", async () => {
    await append(newRun("actor/1", 0, ["A"]));
    await append(
      newRun("actor/1", 1, ["B", "C"], { requestKeys: keyed("k", { eventIndex: 1 }) }),
    );
    expect(await find("k")).toEqual({ stream: "actor/1", version: 3, requestHash: "hash" });
    expect(await find("k", { principal: "else" })).toBeUndefined();
    expect(await find("k", { operation: "GET" })).toBeUndefined();
    expect(await find("other")).toBeUndefined();
  });

  it("keep a run out whose key is taken, whole and alone", async () => {
    await append(newRun("actor/1", 0, ["A"], { requestKeys: keyed("k") }));
    const results = await append(
      newRun("actor/2", 0, ["B"], { requestKeys: [...keyed("new"), ...keyed("k")], waiting: waitingFor() }),
      newRun("actor/3", 0, ["C"], { requestKeys: keyed("k", { principal: "" }) }),
    );
    expect(results).toMatchObject([{ outcome: "keyTaken" }, APPENDED]);
    expect(await subject().store.read("actor/2")).toEqual([]);
    expect(await subject().store.waiting("actor/2")).toBeUndefined();
    expect(await find("new")).toBeUndefined();
    expect(await find("k", { principal: "" })).toMatchObject({ stream: "actor/3" });
  });

  it("are taken by one of two runs of the same group", async () => {
    const results = await append(
      newRun("actor/1", 0, ["A"], { requestKeys: keyed("k") }),
      newRun("actor/2", 0, ["A"], { requestKeys: keyed("k") }),
      newRun("actor/3", 0, ["A"]),
    );
    expect(results).toMatchObject([APPENDED, { outcome: "keyTaken" }, APPENDED]);
  });

  it("are forgotten after 24 h, and may be used again", async () => {
    await append(newRun("actor/1", 0, ["A"], { requestKeys: keyed("k") }));
    await subject().passTime(24 * HOUR_MS - 60_000);
    expect(await find("k")).toBeDefined();
    await subject().passTime(120_000);
    expect(await find("k")).toBeUndefined();
    expect(await append(newRun("actor/2", 0, ["B"], { requestKeys: keyed("k") }))).toMatchObject([APPENDED]);
    expect(await find("k")).toMatchObject({ stream: "actor/2" });
  });
}
