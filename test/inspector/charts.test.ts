import { describe, expect, test } from "vitest";
import { setup } from "xstate";
import { chartModel } from "../../src/inspector/chart/chart-model.ts";
import { drawChart } from "../../src/inspector/chart/draw.ts";
import { edgesPossible, edgesTaken } from "../../src/inspector/chart/edges-taken.ts";
import { layOut } from "../../src/inspector/chart/layout.ts";
import { mermaidOf } from "../../src/inspector/chart/mermaid.ts";
import { shopActors } from "../../src/shop/actors.ts";
import { drawingFaults } from "../support/chart-geometry.ts";
import { statecharts } from "../support/toys-statecharts.ts";

const shop = shopActors({} as never);
const machineOf = (type: string) => shop.find((definition) => definition.type === type)!.machine;
const order = chartModel(machineOf("order"));

/** All that a statechart can have: parallel parts, both kinds of history, finals, frames in frames, and ways between them. */
const everything = setup({}).createMachine({
  id: "everything",
  initial: "running",
  on: { RESET: ".running", STOP: { target: ".stopped", actions: () => {} } },
  states: {
    running: {
      type: "parallel",
      onDone: "stopped",
      on: { PAUSE: "paused" },
      states: {
        left: {
          initial: "one",
          states: { one: { on: { NEXT: "two" }, after: { 500: "two" } }, two: { type: "final" } },
        },
        right: {
          initial: "deep",
          states: {
            deep: { initial: "inner", states: { inner: { on: { GO: "#everything.paused" } }, other: {} } },
            end: { type: "final" },
            back: { type: "history", history: "deep" },
          },
        },
      },
    },
    paused: { on: { RESUME: "running.right.back", PING: { target: "paused", reenter: true } } },
    stopped: { type: "final" },
  },
});

describe("layout", () => {
  const everyOne = [...shop, ...statecharts, { type: "everything", machine: everything }];

  test.each(everyOne.map(({ type, machine }) => [type, machine] as const))(
    "%s: nothing overlaps, and no label lies over a state",
    async (_, machine) => {
      const model = chartModel(machine);
      expect(drawingFaults(model, await layOut(model))).toEqual([]);
    },
  );

  test("every transition is told once: on a line, or in its state's box", async () => {
    for (const { machine } of shop) {
      const model = chartModel(machine);
      const svg = drawChart(model, await layOut(model));
      const drawn = [...svg.matchAll(/data-edge="([^"]+)"/g)].map(([, id]) => id);
      expect(drawn.toSorted()).toEqual(model.edges.map(({ id }) => id).toSorted());
      expect(new Set(drawn).size).toBe(drawn.length);
    }
  });

  test("the same machine is drawn the same, to the byte", async () => {
    const model = chartModel(machineOf("payment"));
    const svg = drawChart(model, await layOut(model));
    await expect(svg).toMatchFileSnapshot("golden/payment.svg.txt");
    await expect(mermaidOf(model)).toMatchFileSnapshot("golden/payment.mmd");
  });
});

describe("model", () => {
  test("a transition has its event, guard, delay and actions in words", () => {
    const edge = (id: string) => order.edges.find((candidate) => candidate.id === id);
    expect(edge("reservingStock#StockDenied#0")).toMatchObject({
      source: "reservingStock",
      target: "compensating.releasingStock",
      label: "StockDenied",
      kind: "event",
      guard: "answerIsAwaited",
      actions: ["noteStock", "giveUpForStock"],
      inner: false,
      compensating: true,
    });
    expect(edge("shipped#xstate.after.deliveryTimeout.order.shipped#0")).toMatchObject({
      kind: "delayed",
      label: "after deliveryTimeout",
      delay: { name: "deliveryTimeout", ms: undefined },
    });
    expect(edge("confirmed#ShippingAddressChanged#0")).toMatchObject({
      target: null,
      inner: true,
      compensating: false,
    });
    const payment = chartModel(machineOf("payment"));
    expect(payment.edges.find(({ kind }) => kind === "error")).toMatchObject({ label: "capturePayment fails" });
    expect(payment.edges.find(({ kind }) => kind === "delayed")?.delay).toEqual({ name: "askAgainDelay", ms: 60_000 });
  });

  test("parallel, history and final states are known for what they are", () => {
    const kinds = new Map(chartModel(everything).states.map(({ path, kind }) => [path, kind]));
    expect(kinds.get("running")).toBe("parallel");
    expect(kinds.get("running.right.back")).toBe("history");
    expect(kinds.get("running.left.two")).toBe("final");
    expect(kinds.get("running.right.deep")).toBe("compound");
  });
});

describe("the transitions that an event took", () => {
  const all = chartModel(everything);

  test.each(
    [
      [order, undefined, "OrderPlaced", "reservingStock", ["placed#always#0"]],
      [order, "reservingStock", "StockReserved", "reservingStock", ["reservingStock#StockReserved#0"]],
      [order, "reservingStock", "StockReserved", "chargingPayment", [
        "reservingStock#StockReserved#0",
        "reservingStock#always#0",
      ]],
      [order, "confirmed", "CancellationRequested", "compensating.refunding", ["confirmed#CancellationRequested#0"]],
      [order, "compensating.releasingStock", "StockReleased", "cancelled", [
        "compensating.releasingStock#StockReleased#0",
        "compensating.releasingStock#always#0",
      ]],
      [order, "needsIntervention", "CompensationSkipped", "cancelled", [
        "needsIntervention#CompensationSkipped#0",
        "compensating.releasingStock#always#0",
      ]],
      [order, "shipped", "NobodyKnows", "shipped", []],
      [all, "running.left.one | running.right.deep.inner", "NEXT", "running.left.two | running.right.deep.inner", [
        "running.left.one#NEXT#0",
      ]],
      [all, "running.left.one | running.right.deep.inner", "PAUSE", "paused", ["running#PAUSE#0"]],
      [all, "paused", "RESUME", "running.left.one | running.right.deep.inner", ["paused#RESUME#0"]],
      [all, "paused", "RESET", "running.left.one | running.right.deep.inner", ["#RESET#0"]],
    ] as const,
  )("%#: from %s by %s to %s", (model, before, event, after, edges) => {
    expect(edgesTaken(model, before, event, after)).toEqual(edges);
  });

  test("and those that it could take", () => {
    expect(edgesPossible(order, "needsIntervention", "CompensationRetried")).toEqual([
      "needsIntervention#CompensationRetried#0",
      "needsIntervention#CompensationRetried#1",
    ]);
  });
});
