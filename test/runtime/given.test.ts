// oxlint-disable vitest/valid-expect-in-promise -- a scenario has a `then`, but is no promise.
import { describe, expect, it } from "vitest";
import { given } from "../../src/runtime/given.ts";
import { boss, gate, player, task, worker } from "../support/toys.ts";

describe("given … when … then", () => {
  it("tells state, context and effects", () => {
    given(gate, [{ type: "Built" }]).when({ type: "Opened" }).then(({ state, context, effects, refused }) => {
      expect({ state, refused }).toEqual({ state: "open", refused: undefined });
      expect(context).toMatchObject({ passes: 1 });
      expect(effects).toMatchObject([{ kind: "timer", delayMs: 200 }]);
    });
  });

  it("tells why an event was refused, to whom", () => {
    given(gate, [{ type: "Built" }])
      .when({ type: "Closed", why: "" }).then(({ refused }) => expect(refused).toBe("notAllowed"))
      .when({ type: "Locked" }, "client").then(({ refused }) => expect(refused).toBe("notPublic"))
      .when({ type: "Counted", by: "x" }).then(({ refused }) => expect(refused).toBe("invalid"));
  });

  it("fires timers by the name of their delay", () => {
    given(gate, [{ type: "Built" }, { type: "Opened" }]).whenTimerFires("patience").then(({ state, open }) => {
      expect(state).toBe("closed");
      expect(open).toEqual([]);
    });
  });

  it("answers and fails activities", () => {
    const definition = worker({ run: async () => null });
    given(definition, [{ type: "Hired" }]).whenActivityAnswers("toil", 7).then(({ state, context }) => {
      expect(state).toBe("finished");
      expect(context).toMatchObject({ answer: 7 });
    });
    given(definition, [{ type: "Hired" }]).whenActivityFails("toil", { name: "Error", message: "no", code: "" })
      .then(({ state }) => expect(state).toBe("failed"));
  });

  it("shows messages to others", () => {
    given(player, [{ type: "Joined", partner: "b" }]).when({ type: "Served", rallies: 1 }).then(({ effects }) => {
      expect(effects).toEqual([{ kind: "message", to: { type: "player", id: "b" }, event: { type: "Hit", left: 1 } }]);
    });
  });

  it("ends and fails children", () => {
    const appointed = () => given(boss, [{ type: "Appointed", of: 21 }], { children: [task], id: "b" });
    appointed().then(({ open }) => expect(open).toMatchObject([{ kind: "child", to: { type: "task" } }, {}]));
    appointed().whenChildEnds("helper", 42).then(({ context, open }) => {
      expect(context).toMatchObject({ result: 42 });
      expect(open).not.toContainEqual(expect.objectContaining({ kind: "child" }));
    });
    appointed().whenChildFails("helper", { name: "Error", message: "no", code: "" }).then(({ state, context }) => {
      expect(state).toBe("disappointed");
      expect(context).toMatchObject({ result: { message: "no" } });
    });
    expect(() => given(boss, [])).toThrow(/child "task" is of type "task", which is not registered/);
  });

  it("complains about what is not open, and about a history that cannot be", () => {
    expect(() => given(gate, [{ type: "Built" }]).whenTimerFires("patience")).toThrow(/No timer "patience" is open/);
    expect(() => given(gate, [{ type: "Built" }, { type: "Closed", why: "" }])).toThrow(/was refused \(notAllowed\)/);
  });
});
