/** Why actors wait, and mending what went wrong: each change takes a reason, which is kept with who made it. */
import type { Context, Hono } from "hono";
import { z } from "zod";
import { StatewrightError } from "../../kernel/errors.ts";
import type { Attribution, Diagnosis, Operations, StuckActor } from "../../runtime/operations.ts";
import { currentPrincipal } from "../access/principal.ts";
import { validate } from "../validation.ts";
import { pathRef } from "./actors.ts";
import { answer } from "./answer.ts";
import { deadLetterResource } from "./operators.ts";
import type { RestDependencies } from "./dependencies.ts";
import { readQuery } from "./query.ts";
import { readBody } from "./request-body.ts";
import { resource } from "./resource.ts";
import { respond } from "./respond.ts";

const reason = z.string().trim().min(1).max(500);

export const letterRedriveSchema = z.strictObject({ reason, dryRun: z.boolean().optional() });
/** `of` is the letters' own reason. */
export const lettersRedriveSchema = z.strictObject({ of: z.string().min(1).max(100), ...letterRedriveSchema.shape });
export const activityRetrySchema = z.strictObject({ effect: z.string().regex(/^[1-9]\d{0,8}\/\d{1,4}$/), reason });

const LETTERS = "/v1/dead-letters";
/** Whoever calls when nobody has to say who they are. */
const ANYBODY = "anybody";

export function mendingRoutes(app: Hono, dependencies: RestDependencies, operations: Operations): void {
  diagnosisRoutes(app, dependencies, operations);
  resource(app, `${LETTERS}/redrive`, {
    async post(c) {
      readQuery(c, []);
      const { of, reason, dryRun = false } = validate(lettersRedriveSchema, await readBody(c));
      return answer(c, 200, { dryRun, items: await operations.redrive({ reason: of }, by(reason), { dryRun }) });
    },
  });
  resource(app, `${LETTERS}/:id/redrive`, {
    async post(c) {
      readQuery(c, []);
      const { reason, dryRun = false } = validate(letterRedriveSchema, await readBody(c));
      return answer(c, 200, {
        dryRun,
        items: await operations.redrive({ ids: [letterId(c)] }, by(reason), { dryRun }),
      });
    },
  });
  resource(app, `${LETTERS}/:id`, {
    async get(c) {
      readQuery(c, []);
      const letter = await operations.deadLetter(letterId(c));
      if (letter === undefined) throw new StatewrightError("NOT_FOUND", "There is no such dead letter (any more)");
      const { outcome, detail } = operations.describeRedrive(letter);
      const redrive = { isPossible: outcome === "would", detail };
      return answer(c, 200, { ...deadLetterResource(letter), redrive });
    },
    async delete(c) {
      const { reason: why } = readQuery(c, ["reason"]);
      await operations.dismiss(letterId(c), by(validate(z.object({ reason }), { reason: why }).reason));
      return respond(c, 204, null);
    },
  });
}

function diagnosisRoutes(app: Hono, dependencies: RestDependencies, operations: Operations): void {
  resource(app, "/v1/actors/:type/:id/why", {
    async get(c) {
      readQuery(c, []);
      const diagnosis = await operations.why(pathRef(c, dependencies));
      if (diagnosis === undefined) throw new StatewrightError("NOT_FOUND", "There is no such actor");
      return answer(c, 200, diagnosisResource(diagnosis));
    },
  });
  resource(app, "/v1/actors/:type/:id/retry", {
    async post(c) {
      readQuery(c, []);
      const { effect, reason } = validate(activityRetrySchema, await readBody(c));
      return answer(c, 200, await operations.retryActivity(pathRef(c, dependencies), effect, by(reason)));
    },
  });
  resource(app, "/v1/stuck", {
    async get(c) {
      const { after, type } = readQuery(c, ["after", "type"]);
      const { items, next } = await operations.stuck({ after, type });
      return answer(c, 200, { items: items.map(stuckResource), next: next ?? null });
    },
  });
}

function by(reason: string): Attribution {
  return { who: currentPrincipal()?.id ?? ANYBODY, reason };
}

function letterId(c: Context): string {
  return c.req.param("id") ?? "";
}

function diagnosisResource({ since, actor, ...diagnosis }: Diagnosis) {
  const href = `/v1/actors/${actor.type}/${actor.id}`;
  return { actor, since: time(since), ...diagnosis, _links: { actor: { href } } };
}

function stuckResource({ since, actor, ...stuck }: StuckActor) {
  const href = `/v1/actors/${actor.type}/${actor.id}`;
  return { actor, since: time(since), ...stuck, _links: { actor: { href }, why: { href: `${href}/why` } } };
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
