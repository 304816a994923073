/** Why actors wait, which ones nobody can wake, and how operators mend what went wrong. */
import type { Context, Hono } from "hono";
import { z } from "zod";
import { StatewrightError } from "../kernel/errors.ts";
import { streamOf } from "../kernel/ids.ts";
import type { MachineEvent } from "../runtime/machine-event.ts";
import type { Attribution, Diagnosis, Operations, RedriveAnswer } from "../runtime/operations.ts";
import { requireAccepted } from "../shop/refusals.ts";
import { answer, readBody, readSlice } from "./answering.ts";
import { refIn } from "./history-routes.ts";
import { listDeadLetters } from "./lists/dead-letters.ts";
import { listStuck } from "./lists/stuck.ts";
import { listTimers } from "./lists/timers.ts";
import type { Machine } from "./machines.ts";
import { requireMending } from "./visitor.ts";
import type { Workshop } from "./workshop.ts";

const reason = z.string().trim().min(1).max(500);
const letterId = z.string().regex(/^[1-9][0-9]{0,17}$/);
const ids = z.array(letterId).min(1).max(1_000);

const proposeSchema = z.strictObject({
  event: z.looseObject({ type: z.string().min(1).max(200) }),
  reason,
  expectedVersion: z.int().min(1).optional(),
});
const retrySchema = z.strictObject({ effect: z.string().regex(/^[0-9]{1,9}\/[0-9]{1,6}$/), reason });
const redriveSchema = z.strictObject({
  ids: ids.optional(),
  byReason: z.string().min(1).max(100).optional(),
  dryRun: z.boolean().default(false),
  reason,
}).refine((body) => (body.ids === undefined) !== (body.byReason === undefined), "name `ids` or `byReason`");
const dismissSchema = z.strictObject({ ids, reason });

export function mendingRoutes(app: Hono, workshop: Workshop): void {
  const { machines, readModels, visitorOf } = workshop;
  const operations = () => operationsOf(workshop);

  app.get("/api/actors/:type/:id/why", async (c) => {
    const found = await operations().why(refIn(c));
    if (found === undefined) throw new StatewrightError("NOT_FOUND", "There is no such actor");
    return answer(c, describeDiagnosis(found));
  });
  app.get("/api/stuck", async (c) => answer(c, await listStuck(operations(), workshop, c.req.query("after"))));
  app.get(
    "/api/timers",
    async (c) => answer(c, await listTimers(readModels, c.req.query("due") === "now", readSlice(c))),
  );
  app.get("/api/dead-letters", async (c) => {
    const { seesPersonal } = visitorOf(c);
    const parts = { machines, seesPersonal, operations: workshop.operations };
    return answer(c, await listDeadLetters(readModels, c.req.query("reason") ?? "", parts, readSlice(c)));
  });

  app.post("/api/actors/:type/:id/propose", async (c) => {
    const { event, expectedVersion, ...body } = await readBody(c, proposeSchema);
    const ref = refIn(c);
    const by = await attribution(c, workshop, body.reason);
    const told = withReason(machines.of(ref.type), event, body.reason);
    const { outcome, version, position, state } = requireAccepted(
      await operations().propose(ref, told, by, { expectedVersion }),
    );
    return answer(c, { outcome, version, position, state });
  });
  app.post("/api/actors/:type/:id/retry", async (c) => {
    const { effect, ...body } = await readBody(c, retrySchema);
    const by = await attribution(c, workshop, body.reason);
    const { outcome, detail } = await operations().retryActivity(refIn(c), effect, by);
    return answer(c, { retried: outcome === "now", outcome, detail });
  });
  app.post("/api/dead-letters/redrive", async (c) => {
    const { ids, byReason = "", dryRun, ...body } = await readBody(c, redriveSchema);
    const by = await attribution(c, workshop, body.reason);
    const answers = await operations().redrive(ids ? { ids } : { reason: byReason }, by, { dryRun });
    return answer(c, { dryRun, items: answers.map(describeRedriven) });
  });
  app.post("/api/dead-letters/dismiss", async (c) => {
    const { ids, ...body } = await readBody(c, dismissSchema);
    const by = await attribution(c, workshop, body.reason);
    for (const id of ids) await operations().dismiss(id, by);
    return answer(c, { items: ids.map((id) => ({ id, outcome: "dismissed", detail: "It is thrown away", ok: true })) });
  });
}

/** @throws StatewrightError `UNAVAILABLE` */
function operationsOf({ operations }: Workshop): Operations {
  if (operations === undefined) throw new StatewrightError("UNAVAILABLE", "This node has no operators' desk");
  return operations;
}

async function attribution(c: Context, { visitorOf }: Workshop, why: string): Promise<Attribution> {
  const visitor = visitorOf(c);
  requireMending(visitor);
  return { who: visitor.principal, reason: why };
}

/** An event that has a reason of its own is given the operator's, unless it says another. */
function withReason({ registered }: Machine, event: MachineEvent, why: string): MachineEvent {
  const schema = registered.definition.events[event.type]?.schema;
  const hasReason = schema instanceof z.ZodObject && "reason" in schema.shape;
  return hasReason && event["reason"] === undefined ? { ...event, reason: why } : event;
}

function describeDiagnosis({ actor, messages, children, ...diagnosis }: Diagnosis) {
  return {
    stream: streamOf(actor),
    ...diagnosis,
    messages: messages.map(({ to, ...message }) => ({ ...message, to: streamOf(to) })),
    children: children.map(({ actor: child, ...rest }) => ({ ...rest, to: streamOf(child) })),
  };
}

function describeRedriven({ id, reason: about, outcome, detail }: RedriveAnswer) {
  return { id, reason: about, outcome, detail, ok: outcome !== "failed" && outcome !== "impossible" };
}
