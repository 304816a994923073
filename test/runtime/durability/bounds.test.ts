/** Every queue has a bound; what is over it is refused as something to try again, and nothing is lost in silence. */
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Receipt } from "../../../src/runtime/receipt.ts";
import type { Store } from "../../../src/store/store.ts";
import { registerActors } from "../../../src/runtime/register.ts";
import { eventually } from "../../support/eventually.ts";
import { flawsOf } from "../../support/histories.ts";
import { type ToyNode, usePostgresNodes } from "../../support/postgres-nodes.ts";
import { gate } from "../../support/toys.ts";
import { alarm, oracle, pilgrim } from "../../support/toys-effects.ts";
import { radio } from "../../support/toys-statecharts.ts";

const nodes = usePostgresNodes();
const actors = [gate, alarm, oracle, pilgrim, radio];
const OVERLOADED = { code: "OVERLOADED", retryable: true };

/** Proposes to count, `times` times at once, under message ids. */
const flood = (node: ToyNode, actor: string, times: number, from = 0) =>
  Promise.allSettled(
    Array.from(
      { length: times },
      (_, i) => node.tell(actor, { type: "Counted", by: 1 }, { messageId: `m${from + i}` }),
    ),
  );
const accepted = (answers: readonly PromiseSettledResult<Receipt>[]) =>
  answers.flatMap((answer) => answer.status === "fulfilled" ? [answer.value] : []);
const refusals = (answers: readonly PromiseSettledResult<Receipt>[]) =>
  answers.flatMap((answer) => answer.status === "rejected" ? [answer.reason as unknown] : []);

describe("a full mailbox", () => {
  it("refuses the newest as something to try again, and keeps the rest in order", async () => {
    const node = await nodes.start(actors);
    await node.tell("gate/full", "Built");
    const answers = await flood(node, "gate/full", 1_500);
    const [taken, refused] = [accepted(answers), refusals(answers)];
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) expect(error).toMatchObject(OVERLOADED);
    expect(taken.map(({ version }) => version)).toEqual(taken.map((_, i) => i + 2));
    expect(await nodes.history("gate/full")).toHaveLength(1 + taken.length);
    // The last ones, the refused among them, are told again under the same ids; what was taken is not taken twice.
    await flood(node, "gate/full", 900, 600);
    expect((await node.look("gate/full"))?.context.total).toBe(1_500);
    expect(await nodes.history("gate/full")).toHaveLength(1_501);
  });

  it("of a target makes a message wait, and it is delivered once", async () => {
    const before = await nodes.start(actors);
    await before.tell("oracle/busy", "Founded");
    await before.tell("pilgrim/p", "SetOut");
    before.crash();
    // While it is being loaded, nothing leaves its mailbox.
    let loaded = () => {};
    const slow = new Promise<void>((resolve) => loaded = resolve);
    const load: Store["load"] = async (stream, machine) => {
      if (stream === "oracle/busy") await slow;
      return nodes.store().load(stream, machine);
    };
    let retries = 0;
    const node = await nodes.start(actors, { store: { ...nodes.store(), load }, random: () => (retries++, 0.1) });
    const asked = { type: "Asked", number: 0, by: { type: "pilgrim", id: "nobody" } };
    const flood = Promise.allSettled(Array.from({ length: 1_030 }, () => node.tell("oracle/busy", asked)));
    await node.tell("pilgrim/p", { type: "Wondered", number: 4, oracle: "busy" });
    await eventually(() => expect(retries).toBeGreaterThan(2));
    loaded();
    expect(refusals(await flood)).toHaveLength(6);
    await eventually(async () => expect((await node.look("pilgrim/p"))?.context.answers).toEqual([8]), 20_000);
    const rows = await nodes.database().query(
      "select 1 from events where stream = 'oracle/busy' and metadata->>'id' = 'pilgrim/p/2/0'",
    );
    expect(rows).toHaveLength(1);
    expect(await nodes.store().deadLetters({ limit: 1_000 })).not.toContainEqual(
      expect.objectContaining({ stream: "pilgrim/p" }),
    );
  });
});

describe("a node full of actors", () => {
  it("forgets the idle ones, and they come back as they were", async () => {
    const node = await nodes.start(actors, { maxResident: 10 });
    const radios = Array.from({ length: 60 }, (_, i) => `radio/r${i}`);
    const evening = ["Unpacked", "SwitchedOn", "TapeInserted", "Skipped", "SwitchedOff"];
    for (const radio of radios) for (const event of evening) await node.tell(radio, event);
    for (const radio of radios) await node.tell(radio, "Continued");
    for (const radio of radios) {
      expect(await node.look(radio)).toMatchObject({ version: 6, state: "on.tape.second" });
    }
  });

  it("wakes a forgotten one up for its timer", async () => {
    const node = await nodes.start(actors, { maxResident: 2 });
    await node.tell("alarm/forgotten", "Made");
    await node.tell("alarm/forgotten", { type: "Set", ms: 200 });
    for (let i = 0; i < 10; i++) await node.tell(`gate/crowd${i}`, "Built");
    await eventually(async () => expect(await nodes.types("alarm/forgotten")).toEqual(["Made", "Set", "TimerFired"]));
  });

  it("refuses one more while all are at work, as something to try again, and writes nothing of it", async () => {
    const node = await nodes.start(actors, { maxResident: 10 });
    const gates = Array.from({ length: 100 }, (_, i) => `gate/many${i}`);
    const answers = await Promise.allSettled(gates.map((gate) => node.tell(gate, "Built", { messageId: gate })));
    const refused = refusals(answers);
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) expect(error).toMatchObject(OVERLOADED);
    expect(await nodes.database().query("select 1 from events where stream like 'gate/many%'")).toHaveLength(
      accepted(answers).length,
    );
    for (const gate of gates) await node.tell(gate, "Built", { messageId: gate });
    expect(await nodes.database().query("select 1 from events where stream like 'gate/many%'")).toHaveLength(100);
  });

  it("delivers messages between more actors than it can hold", async () => {
    const node = await nodes.start(actors, { maxResident: 4 });
    const tellPatiently = async (actor: string, event: { type: string }) => {
      for (;;) {
        try {
          return await node.tell(actor, event, { messageId: `${actor}.${event.type}` });
        } catch (thrown) {
          expect(thrown).toMatchObject(OVERLOADED);
          await pause(5);
        }
      }
    };
    const ids = Array.from({ length: 20 }, (_, i) => `k${i}`);
    await Promise.all(ids.map(async (id) => {
      await tellPatiently(`oracle/${id}`, { type: "Founded" });
      await tellPatiently(`pilgrim/${id}`, { type: "SetOut" });
      await tellPatiently(`pilgrim/${id}`, { type: "Wondered", number: 2, oracle: id } as { type: string });
    }));
    await eventually(async () => {
      for (const id of ids) {
        expect(await nodes.types(`pilgrim/${id}`)).toEqual(["SetOut", "Wondered", "Answered"]);
        expect(await nodes.types(`oracle/${id}`)).toEqual(["Founded", "Asked"]);
      }
    }, 10_000);
  });
});

it("leaves histories that are dense, told once, and proven by their replay", async () => {
  expect(await flawsOf(nodes.store(), registerActors(actors))).toEqual([]);
});
