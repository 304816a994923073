/** What the README shows is run, or is the text of something that is. */
import { normalize } from "node:path/posix";
import { createActor, SimulatedClock } from "xstate";
import { describe, expect, test } from "vitest";
import { systemClock } from "../src/kernel/clock.ts";
import { createRuntime } from "../src/runtime/runtime.ts";
import { createMemoryStore } from "../src/store/memory/memory-store.ts";
import { codeBlocks } from "./support/documents.ts";
import { eventually } from "./support/eventually.ts";
import { expenseActor, expenseMachine } from "./support/expense.ts";
import { readRepositoryFile, repositoryFiles } from "./support/source-tree.ts";

const readme = readRepositoryFile("README.md");
const blocks = (language: string) => codeBlocks(readme, language);

describe("the machine of the README", () => {
  test("is the one that is tested here", () => {
    const source = readRepositoryFile("test/support/expense.ts");
    const shown = blocks("ts");
    expect(shown).toHaveLength(2);
    for (const block of shown) expect(source).toContain(block);
  });

  test("is drawn as it is", () => {
    const arrows = [...(blocks("mermaid")[0] ?? "").matchAll(/^ {2}(\S+) --> (\S+)(?:: (.*))?$/gm)];
    const drawn = arrows.filter(([, from, to]) => from !== "[*]" && to !== "[*]").map(([, from, to]) =>
      `${from} ${to}`
    );
    const states = Object.values(expenseMachine.states);
    const transitions = states.flatMap(({ key, transitions }) =>
      [...transitions.values()].flat().flatMap(({ target = [] }) => target.map((to) => `${key} ${to.key}`))
    );
    expect(drawn.toSorted()).toEqual(transitions.toSorted());
    const ends = arrows.filter(([, , to]) => to === "[*]").map(([, from]) => from);
    expect(ends.toSorted()).toEqual(states.filter(({ type }) => type === "final").map(({ key }) => key).toSorted());
  });

  test("is durable with its definition: who may propose what, and one payment under one key", async () => {
    const paid: string[][] = [];
    const bank = { payOut: async (...payment: string[]) => void paid.push(payment) };
    const runtime = createRuntime({ store: createMemoryStore({ clock: systemClock }), actors: [expenseActor(bank)] });
    await runtime.start();
    const expense = runtime.actor("expense", "lunch");
    expect(await expense.propose({ type: "ExpenseSubmitted", amount: "1200" })).toMatchObject({
      state: "submitted",
    });

    const approval = { type: "ExpenseApproved", by: "Grace" };
    expect(await expense.propose(approval)).toMatchObject({ outcome: "refused", reason: "notPublic" });
    expect(await expense.propose(approval, { by: "operator" })).toMatchObject({ state: "paying" });
    await eventually(async () => expect(await expense.snapshot()).toMatchObject({ state: "paid" }));
    expect(paid).toEqual([["1200", expect.stringMatching(/^expense\/lunch\/2\//)]]);
    await runtime.stop(1_000);
  });

  test("runs in plain XState too", () => {
    const clock = new SimulatedClock();
    const actor = createActor(expenseMachine, { input: { amount: "1200" }, clock }).start();
    clock.increment(7 * 24 * 60 * 60 * 1_000);
    expect(actor.getSnapshot().value).toBe("expired");
  });
});

test("every folder of src is on the map", () => {
  const folders = new Set(repositoryFiles("src").map((path) => path.split("/").slice(0, -1).slice(0, 2).join("/")));
  folders.delete("src");
  expect([...folders].filter((folder) => !readme.includes(`\`${folder}/\``))).toEqual([]);
});

test("every npm script and every file that the texts name exists", () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(readRepositoryFile("package.json"));
  for (const path of repositoryFiles().filter((name) => name.endsWith(".md"))) {
    const text = readRepositoryFile(path);
    const named = [...text.matchAll(/npm run ([a-z:-]+)/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !(name in scripts)), path).toEqual([]);
    const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : "";
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = ""]) => normalize(folder + target));
    expect(links.filter((target) => !repositoryFiles().includes(target)), path).toEqual([]);
  }
});
