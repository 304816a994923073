import { initialTransition, transition } from "xstate";
import { describe, expect, it } from "vitest";
import { canonicalSnapshot, initialStep, pathOf, step } from "../../src/runtime/step.ts";
import { registerActors } from "../../src/runtime/register.ts";
import { gate, player, rogue, worker } from "../support/toys.ts";

const scope = (type: string) => ({ ref: { type, id: "x" }, parent: undefined, ignored: new Set<string>() });
const toys = registerActors([gate, worker({ run: async () => null }), player, rogue]);

describe("step", () => {
  const histories = [
    {
      type: "gate",
      input: { id: "x" },
      events: [{ type: "Opened" }, { type: "Counted", by: 3 }, { type: "Closed", why: "" }, { type: "Locked" }],
    },
    {
      type: "worker",
      input: { id: "x" },
      events: [{ type: "Abandoned" }, { type: "Resumed" }, { type: "xstate.done.actor.toil", output: 7 }],
    },
    {
      type: "player",
      input: { id: "x", partner: "y" },
      events: [{ type: "Served", rallies: 3 }, { type: "Hit", left: 2 }, { type: "Hit", left: 1 }],
    },
  ];
  it.each(histories)("arrives where XState's public transition arrives: $type", ({ type, input, events }) => {
    const { machine } = toys.get(type)!;
    let ours = initialStep(machine, scope(type), input);
    let [theirs, actions] = initialTransition(machine, input as never);
    for (const event of [undefined, ...events]) {
      if (event) {
        ours = step(machine, scope(type), ours.snapshot, event);
        [theirs, actions] = transition(machine, theirs, event as never);
      }
      expect(pathOf(ours.snapshot.value)).toBe(pathOf(theirs.value));
      expect(ours.snapshot.context).toEqual(theirs.context);
      expect(ours.snapshot.status).toBe(theirs.status);
      expect(Object.keys(ours.snapshot.children)).toEqual(Object.keys(theirs.children));
      const durable = actions.filter(({ type, params }) =>
        type !== "xstate.raise" || (params as { delay?: number }).delay !== undefined
      );
      expect(ours.requests.length).toBe(durable.length);
    }
  });

  it("does not change the snapshot that goes in", () => {
    const { machine } = toys.get("worker")!;
    const before = initialStep(machine, scope("worker"), { id: "x" }).snapshot;
    const text = canonicalSnapshot(before);
    step(machine, scope("worker"), before, { type: "Abandoned" });
    expect(canonicalSnapshot(before)).toBe(text);
  });

  it("gives the same bytes twice", () => {
    const { machine } = toys.get("player")!;
    const run = () => {
      const first = initialStep(machine, scope("player"), { id: "x", partner: "y" });
      const second = step(machine, scope("player"), first.snapshot, { type: "Served", rallies: 2 });
      return canonicalSnapshot(second.snapshot) + JSON.stringify(second.requests);
    };
    expect(run()).toBe(run());
  });

  it("turns sends into messages with a plain address", () => {
    const { machine } = toys.get("player")!;
    const first = initialStep(machine, scope("player"), { id: "x", partner: "y" });
    const { requests } = step(machine, scope("player"), first.snapshot, { type: "Served", rallies: 2 });
    expect(requests).toEqual([{ kind: "message", to: { type: "player", id: "y" }, event: { type: "Hit", left: 2 } }]);
  });

  it("ends an endless always with an error", () => {
    const { machine } = toys.get("rogue")!;
    const { snapshot } = initialStep(machine, scope("rogue"), { id: "x" });
    expect(() => step(machine, scope("rogue"), snapshot, { type: "Spun" })).toThrow(/Infinite loop/);
  });
});

describe("pathOf", () => {
  it.each([
    ["idle", "idle"],
    [{ compensating: "refunding" }, "compensating.refunding"],
    [{ b: "two", a: { deep: "one" } }, "a.deep.one | b.two"],
    [{ a: {}, b: "x" }, "a | b.x"],
  ])("%j is %s", (value, path) => expect(pathOf(value)).toBe(path));
});
