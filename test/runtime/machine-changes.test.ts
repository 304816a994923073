import { setup } from "xstate";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/kernel/clock.ts";
import { type Logger, silentLogger } from "../../src/kernel/logger.ts";
import type { ActorDefinition } from "../../src/runtime/definition.ts";
import { hasState } from "../../src/runtime/machine-changes.ts";
import { createRuntime } from "../../src/runtime/runtime.ts";
import { createMemoryStore } from "../../src/store/memory/memory-store.ts";
import type { Store } from "../../src/store/store.ts";
import { startToys } from "../support/start-toys.ts";
import { gate, gateMachine } from "../support/toys.ts";

async function startAndListen(actor: ActorDefinition, store: Store): Promise<string[]> {
  const said: string[] = [];
  const hear = (level: string) => (_: object, message: string) => void said.push(`${level}: ${message}`);
  const logger: Logger = { ...silentLogger, info: hear("info"), error: hear("error") };
  const runtime = createRuntime({ store, actors: [actor], logger });
  await runtime.start();
  await runtime.stop(0);
  return said;
}

/** The gate with a state renamed. */
const withoutOpen = setup({}).createMachine({ id: "gate", initial: "closed", states: { closed: {}, ajar: {} } });

describe("a start on a log that other machines have written", () => {
  it("says nothing when the machines are the same", async () => {
    const { store } = await startToys([gate], createMemoryStore({ clock: systemClock }));
    expect(await startAndListen(gate, store)).toEqual([]);
  });

  it("says that a machine has changed, and that its actors can go on", async () => {
    const { store, tell } = await startToys([gate]);
    await tell("gate", "a", { type: "Built" });
    expect(await startAndListen({ ...gate, version: "2" }, store)).toEqual([
      expect.stringMatching(/^info: .*stand in states that it has/),
    ]);
  });

  it("says loudly when actors stand in states that are gone", async () => {
    const { store, tell } = await startToys([gate]);
    await tell("gate", "a", { type: "Built" });
    await tell("gate", "a", { type: "Opened" });
    expect(await startAndListen({ ...gate, machine: withoutOpen }, store)).toEqual([
      expect.stringMatching(/^error: .*has lost states/),
    ]);
  });
});

describe("upcasters", () => {
  it("bring what an earlier machine wrote into today's shape", async () => {
    const { store, tell } = await startToys([gate]);
    await tell("gate", "a", { type: "Built" });
    await tell("gate", "a", { type: "Counted", by: 5 });
    const inDozens: ActorDefinition = {
      ...gate,
      version: "2",
      upcasters: { Counted: ({ by }, writtenBy) => ({ by: writtenBy.includes("@1#") ? by * 12 : by }) },
    };
    const today = await startToys([inDozens], store, "two");
    await today.tell("gate", "a", { type: "Counted", by: 1 });
    expect((await today.context("gate", "a")).total).toBe(61);
    const again = await startToys([inDozens], store, "three");
    expect((await again.context("gate", "a")).total).toBe(61);
  });
});

describe("hasState", () => {
  it.each([["closed", true], ["ajar", false], ["open.wide", false], ["closed | open", true], ["closed | ajar", false], [
    "",
    true,
  ]])("%j: %s", (path, has) => {
    expect(hasState(gateMachine, path)).toBe(has);
  });
});
