/** Machines: their statecharts, and what is live in them. */
import type { Context, Hono } from "hono";
import { answer, answerText, readSlice } from "./answering.ts";
import { boxLines } from "./chart/layout.ts";
import { mermaidOf } from "./chart/mermaid.ts";
import { eventForms } from "./history/event-forms.ts";
import { countsByState, sum } from "./lists/counts.ts";
import { countFlow, listTakers } from "./lists/flow.ts";
import { countStanding, listInstances } from "./lists/instances.ts";
import { type Machine, type MachineVersion, versionNamed } from "./machines.ts";
import type { Workshop } from "./workshop.ts";

export function chartRoutes(app: Hono, workshop: Workshop): void {
  const { machines } = workshop;
  const machineOf = (c: Context) => machines.of(c.req.param("type") ?? "");
  const versionOf = (c: Context): MachineVersion => {
    const version = c.req.param("version");
    return version === undefined ? machineOf(c) : versionNamed(machineOf(c), version);
  };

  app.get("/api/machines", async (c) => answer(c, { items: await Promise.all(machines.all.map(summaryIn(workshop))) }));
  for (const root of ["/api/machines/:type", "/api/machines/:type/versions/:version"]) {
    app.get(root, async (c) => answer(c, await describeMachine(machineOf(c), versionOf(c))));
    app.get(`${root}/chart.svg`, async (c) => {
      const { svg } = await versionOf(c).chart();
      return answerText(c, svg, "image/svg+xml; charset=utf-8");
    });
    app.get(`${root}/mermaid`, (c) => answerText(c, mermaidOf(versionOf(c).model), "text/plain; charset=utf-8"));
    app.get(`${root}/live`, async (c) => answer(c, await liveIn(workshop, machineOf(c), versionOf(c))));
  }
  app.get("/api/instances", async (c) => {
    const machine = machines.of(c.req.query("type") ?? "");
    const { edge, state = "", version = machine.version } = c.req.query();
    const { type } = machine;
    const { model } = versionNamed(machine, version);
    return answer(
      c,
      edge === undefined
        ? await listInstances(workshop.readModels, { type, state, model }, readSlice(c))
        : await listTakers(workshop.readModels, { type, edge, model }, readSlice(c)),
    );
  });
}

function summaryIn(workshop: Workshop) {
  return async (machine: Machine) => ({
    ...headOf(machine, machine),
    states: machine.model.states.length - 1,
    count: sum((await standingOf(workshop, machine.type)).values()),
    list: `instances?type=${machine.type}`,
  });
}

/** Who is where, on whichever version: a state has one name in all. */
async function liveIn(workshop: Workshop, { type, version: newest }: Machine, { version, model }: MachineVersion) {
  const { cache, readModels } = workshop;
  const [counts, flow, head] = await Promise.all([
    standingOf(workshop, type),
    cache.get(`flow ${type} ${version}`, () => countFlow(readModels, type, model)),
    cache.head(),
  ]);
  const on = version === newest ? "" : `&version=${encodeURIComponent(version)}`;
  const list = (what: string, value: string) => `instances?type=${type}&${what}=${encodeURIComponent(value)}${on}`;
  return {
    type,
    count: sum(counts.values()),
    head,
    states: countsByState(model, counts).map((state) => ({ ...state, list: list("state", state.path) })),
    edges: flow.edges.map((edge) => ({ ...edge, list: list("edge", edge.id) })),
    over: flow.over,
  };
}

/** How many actors of a type stand in each stored state. */
export function standingOf({ cache, readModels }: Workshop, type: string): Promise<ReadonlyMap<string, number>> {
  return cache.get(`standing ${type}`, () => countStanding(readModels, type));
}

function headOf({ type }: Machine, { model, identity, version }: MachineVersion) {
  const description = model.description ?? null;
  return { type, id: model.id, identity, version, description };
}

async function describeMachine(machine: Machine, version: MachineVersion) {
  const { definition } = machine.registered;
  const { model } = version;
  const { layout } = await version.chart();
  const round = (value: number) => Math.round(value * 10) / 10;
  return {
    ...headOf(machine, version),
    versions: machine.versions.map((each) => each.version),
    created: definition.created,
    width: layout.width,
    height: layout.height,
    states: model.states.slice(1).map((state) => {
      const { x, y, width, height } = layout.states.get(state.path)!;
      return {
        ...state,
        initial: state.initial ?? null,
        lines: boxLines(state, model).length,
        x: round(x),
        y: round(y),
        width: round(width),
        height: round(height),
      };
    }),
    edges: model.edges.map((edge) => ({
      ...edge,
      guard: edge.guard ?? null,
      delay: edge.delay ?? null,
      by: definition.events[edge.event]?.by ?? null,
    })),
    events: eventForms(definition),
  };
}
