/** One actor: its events, itself at any version, its saga, and what would happen if. */
import type { Context, Hono } from "hono";
import { StatewrightError } from "../kernel/errors.ts";
import { type ActorRef, streamOf } from "../kernel/ids.ts";
import type { StoredEvent } from "../projection/projection.ts";
import type { EventMetadata } from "../runtime/actor-state.ts";
import { answer, readBody, readNumber, readSlice } from "./answering.ts";
import { causationTree } from "./history/causation.ts";
import { correlatedBy, correlatedWith } from "./history/correlated.ts";
import { changesBetween } from "./history/diff.ts";
import { inspectionOf } from "./history/inspection.ts";
import { showLanes } from "./history/lanes.ts";
import { type Look, showMoment } from "./history/moment.ts";
import { projectionAt } from "./history/projection-row.ts";
import { scenarioText } from "./history/scenario-text.ts";
import { effectsOfRow, showEffects, whatOf } from "./history/shown-effects.ts";
import type { Tape } from "./history/tapes.ts";
import { suppose, whatIfSchema } from "./history/what-if.ts";
import { versionStoodOn } from "./machines.ts";
import { redact } from "./personal-fields.ts";
import type { Workshop } from "./workshop.ts";

const ACTOR = "/api/actors/:type/:id";
const MAX_EVENTS = 2_000;

export function historyRoutes(app: Hono, workshop: Workshop): void {
  const { tapes, readModels, machines } = workshop;
  const tapeOf = (c: Context) => tapes.of(refIn(c));

  app.get(ACTOR, async (c) => answer(c, await describeActor(await tapeOf(c))));
  app.get(`${ACTOR}/events`, async (c) => answer(c, pageOf(await tapeOf(c), c)));
  app.get(`${ACTOR}/events/:version`, async (c) => {
    const version = readNumber("version", c.req.param("version"), 1);
    const [tape, look] = [await tapeOf(c), await lookOf(c, workshop)];
    return answer(c, await describeEvent(tape, version, look, workshop));
  });
  app.get(`${ACTOR}/at/:version`, async (c) => {
    const version = readNumber("version", c.req.param("version"), 1);
    const [tape, look] = [await tapeOf(c), await lookOf(c, workshop)];
    const wound = await tape.at(version);
    const moment = await showMoment(tape, wound, look, readModels);
    const projection = await projectionAt(workshop, tape, version, look.seesPersonal);
    return answer(c, { ...moment, projection });
  });
  app.get(`${ACTOR}/diff/:from/:to`, async (c) => {
    const from = readNumber("from", c.req.param("from"));
    const to = readNumber("to", c.req.param("to"));
    const [tape, look] = [await tapeOf(c), await lookOf(c, workshop)];
    const [before, after] = [await valueAt(tape, from, look), await valueAt(tape, to, look)];
    return answer(c, { from, to, changes: changesBetween(before, after) });
  });
  app.get(
    `${ACTOR}/inspection`,
    async (c) => answer(c, await inspectionOf(await tapeOf(c), await lookOf(c, workshop))),
  );
  app.get(`${ACTOR}/lanes`, async (c) => {
    const { ref } = await tapeOf(c);
    return answer(c, showLanes(machines, await correlatedWith(readModels, streamOf(ref))));
  });
  app.get("/api/causation", async (c) => {
    const correlation = c.req.query("correlation") ?? "";
    const found = await correlatedBy(readModels, correlation);
    const { complete, rows } = found;
    return answer(c, { correlation, roots: causationTree(found), count: rows.length, complete });
  });
  app.post(`${ACTOR}/what-if`, async (c) => {
    const { version, steps } = await readBody(c, whatIfSchema);
    const [tape, look] = [await tapeOf(c), await lookOf(c, workshop)];
    const base = await tape.at(version);
    const supposed = suppose(tape, base, steps, look);
    const history = await eventsUpTo(workshop, tape.ref, version);
    const shown = look.seesPersonal ? history : history.map((row) => withoutPersonal(tape, row));
    const test = scenarioText(tape.ref, shown, steps, supposed);
    return answer(c, { base: { version, state: base.row.state }, steps: supposed, test });
  });
}

export function refIn(c: Context): ActorRef {
  const ref = { type: c.req.param("type") ?? "", id: c.req.param("id") ?? "" };
  try {
    streamOf(ref);
  } catch (thrown) {
    throw new StatewrightError("MALFORMED", StatewrightError.from(thrown).message);
  }
  return ref;
}

async function lookOf(c: Context, { machines, visitorOf }: Workshop): Promise<Look> {
  const { seesPersonal, mayMend } = visitorOf(c);
  return { machines, seesPersonal, mayMend };
}

async function describeActor(tape: Tape) {
  const { ref, steps, machine } = tape;
  const [first, newest] = [steps[0]!, steps.at(-1)!];
  const { row: created } = await tape.at(1);
  const { parent } = JSON.parse(created.metadata) as EventMetadata;
  const { row: last, state: { snapshot } } = await tape.at(steps.length);
  const { machine: identity } = JSON.parse(last.metadata) as EventMetadata;
  const on = versionStoodOn(machine, snapshot);
  const { effects } = created;
  return {
    stream: streamOf(ref),
    ...ref,
    version: newest.version,
    position: newest.position,
    state: newest.state,
    status: snapshot.status,
    finished: snapshot.status !== "active",
    tags: [...snapshot.tags],
    createdAt: first.at,
    updatedAt: newest.at,
    correlation: first.correlation,
    parent: parent ? streamOf(parent.parent) : null,
    machine: { version: on.version, newest: machine.version, path: on.path },
    // Its last event was written by a machine of other files.
    machineChanged: identity !== on.identity,
    related: effectsOfRow(effects).flatMap((effect) =>
      effect.kind === "message" ? [{ stream: streamOf(effect.to), why: effect.event.type }] : []
    ),
    asksFirst: effectsOfRow(effects).map(whatOf),
  };
}

function pageOf({ steps }: Tape, c: Context) {
  const { after, limit } = readSlice(c, MAX_EVENTS, 500);
  const from = after === undefined ? 0 : readNumber("after", after);
  const items = steps.slice(from, from + limit);
  return { items, next: from + limit < steps.length ? String(from + limit) : null, version: steps.length };
}

async function describeEvent(tape: Tape, version: number, look: Look, workshop: Workshop) {
  const step = tape.steps[version - 1];
  const [stored] = await workshop.system.actor(tape.ref.type, tape.ref.id).events({ fromVersion: version, limit: 1 });
  if (step === undefined || stored === undefined) {
    throw new StatewrightError("NOT_FOUND", `There is no such ${tape.ref.type} at version ${version}`);
  }
  const row = look.seesPersonal ? stored : withoutPersonal(tape, stored);
  return {
    ...step,
    data: JSON.parse(row.data) as unknown,
    effects: showEffects(effectsOfRow(stored.effects), version, tape.ref.type, look),
    metadata: JSON.parse(row.metadata) as unknown,
    snapshotHash: row.snapshotHash,
  };
}

function withoutPersonal({ machine }: Tape, row: StoredEvent): StoredEvent {
  return { ...row, data: JSON.stringify(redact(JSON.parse(row.data), machine.personal)) };
}

async function valueAt(tape: Tape, version: number, look: Look): Promise<unknown> {
  if (version === 0) return {};
  const { state } = await tape.at(version);
  const context: unknown = state.snapshot.context;
  return { state: state.path, context: look.seesPersonal ? context : redact(context, tape.machine.personal) };
}

/** A test of a longer history would be no test for people. */
const MAX_HISTORY = 500;

async function eventsUpTo({ system }: Workshop, { type, id }: ActorRef, version: number): Promise<StoredEvent[]> {
  if (version > MAX_HISTORY) return [];
  return await system.actor(type, id).events({ limit: version });
}
