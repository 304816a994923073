/** An actor whose machine has changed under it: each moment is told by the version that it was on then. */
import { expect, test } from "vitest";
import type { Inspector } from "../../src/inspector/inspector.ts";
import { inspectTicket } from "../support/inspected-ticket.ts";
import { usePostgresNodes } from "../support/postgres-nodes.ts";

const nodes = usePostgresNodes();
const asking = ({ app }: Inspector) => async (path: string, init?: RequestInit) => {
  const response = await app.request(`/inspect/api/${path}`, init);
  const text = await response.text();
  return response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text;
};

test("each moment, its transitions and what may come next are those of the version that it was on", async () => {
  const ask = asking(await inspectTicket(nodes, "ticket/a"));
  const moments = [];
  for (let version = 1; version <= 6; version++) moments.push(await ask(`actors/ticket/a/at/${version}`));
  expect(moments.map(({ machine }) => machine.version)).toEqual(["1", "1", "1", "1", "2", "2"]);
  expect(moments[1]).toMatchObject({
    active: ["drawer"],
    machine: { newest: "2", path: "machines/ticket/versions/1" },
    next: [{ event: "TakenOut", edges: ["drawer#TakenOut#0"] }],
  });
  expect(moments[5].machine).toEqual({ version: "2", newest: "2", path: "machines/ticket" });
  expect(moments[5].next.map(({ event }: { event: string }) => event)).toEqual(["Assigned", "Noted", "Escalated"]);
  const { items } = await ask("actors/ticket/a/events");
  expect(items.map(({ type, edges }: { type: string; edges: string[] }) => [type, ...edges])).toEqual([
    ["Opened"],
    ["PutAway", "open#PutAway#0"],
    ["TakenOut", "drawer#TakenOut#0"],
    ["Noted", "open#Noted#0"],
    ["MachineChanged"],
    ["Escalated", "#Escalated#0"],
  ]);
  expect(await ask("actors/ticket/a")).toMatchObject({ machine: { version: "2" }, machineChanged: false });

  const body = JSON.stringify({ version: 1, steps: [{ event: { type: "PutAway" }, by: "client" }] });
  const length = String(body.length);
  const headers = { "content-type": "application/json", "content-length": length, "x-inspector": "1" };
  const { steps: [step] } = await ask("actors/ticket/a/what-if", { method: "POST", headers, body });
  expect(step).toMatchObject({ state: "drawer", edges: ["open#PutAway#0"], machine: { version: "1" } });
});

test("every version has its own picture and description", async () => {
  const ask = asking(await inspectTicket(nodes, "ticket/b"));
  expect(await ask("machines/ticket")).toMatchObject({ version: "2", versions: ["1", "2"] });
  expect(await ask("machines/ticket/versions/1")).toMatchObject({ version: "1", versions: ["1", "2"] });
  for (const [path, drawer] of [["machines/ticket", false], ["machines/ticket/versions/1", true]] as const) {
    expect((await ask(`${path}/chart.svg`)).includes('data-state="drawer"')).toBe(drawer);
    expect((await ask(`${path}/mermaid`)).includes("drawer")).toBe(drawer);
  }
  const { edges } = await ask("machines/ticket/versions/1/live");
  const { list } = edges.find(({ id }: { id: string }) => id === "open#PutAway#0");
  expect((await ask(list)).items[0]).toMatchObject({ stream: "ticket/b", state: "drawer", version: 2 });
  expect(await ask("machines/ticket/versions/9")).toMatchObject({
    status: 404,
    detail: "The ticket has no version 9 here; there is 1, 2",
  });
});
