/**
 * Acceptance: whether a proposal may become an event. The machine decides; what stands before it here only keeps out
 * what is not for it. Nothing here has a consequence.
 */
import { type FieldError, StatewrightError } from "../kernel/errors.ts";
import type { ActorRef } from "../kernel/ids.ts";
import { type ActorState, createStep, machineEventOf, nextStep } from "./actor-state.ts";
import type {
  ActorDefinition,
  EventDeclaration,
  EventSchema,
  Proposer,
  SchemaIssue,
  SchemaResult,
} from "./definition.ts";
import { toDurableJson } from "./durable-json.ts";
import type { Proposal, RefusalReason, Refused } from "./receipt.ts";
import type { RegisteredActor } from "./register.ts";
import type { Step } from "./step.ts";

/** A proposal that is going to be a fact. */
export interface Acceptance {
  readonly outcome: "accepted";
  readonly type: string;
  /** The text that is stored; the step was computed on its parse. */
  readonly data: string;
  readonly step: Step;
}

const RANK: Record<Proposer, number> = { client: 0, operator: 1, internal: 2 };

/** Judges a proposal from outside (doors, other actors) in the actor's state; undefined when there is no actor yet. */
export function judgeProposal(
  registered: RegisteredActor,
  ref: ActorRef,
  state: ActorState | undefined,
  proposal: Proposal,
): Acceptance | Refused {
  const refuse: Refuse = (reason, detail, errors = []) =>
    refusal(registered, ref, state, proposal, reason, detail, errors);
  return refuseAddressed(registered, ref, state, proposal, refuse) ?? accept(registered, ref, state, proposal, refuse);
}

type Refuse = (reason: RefusalReason, detail: string, errors?: readonly FieldError[]) => Refused;

/** What can be said before anybody looks into the event: whether it is for this actor, from this proposer, now. */
function refuseAddressed(
  { definition }: RegisteredActor,
  ref: ActorRef,
  state: ActorState | undefined,
  { event: { type }, by = "client", expectedVersion }: Proposal,
  refuse: Refuse,
): Refused | undefined {
  const name = `${ref.type}/${ref.id}`;
  if (state !== undefined && type === definition.created) return refuse("alreadyExists", `${name} exists already`);
  if (state !== undefined && state.snapshot.status !== "active") {
    return refuse("finished", `${name} has come to its end in "${state.path}" and takes no more events`);
  }
  const declaration = declarationOf(definition, type);
  if (declaration === undefined) return refuse("undeclared", `An actor of type ${ref.type} knows no event "${type}"`);
  if (RANK[by] < RANK[declaration.by]) return refuse("notPublic", `"${type}" is not for a ${by} to propose`);
  if (state === undefined && type !== definition.created) {
    return refuse("notFound", `There is no ${ref.type} ${ref.id}`);
  }
  const version = state?.version ?? 0;
  if (expectedVersion !== undefined && expectedVersion !== version) {
    return refuse("versionConflict", `It stands at version ${version}, not ${expectedVersion}; read it again`);
  }
  return undefined;
}

/** The schema, then the machine. */
function accept(
  registered: RegisteredActor,
  ref: ActorRef,
  state: ActorState | undefined,
  { event: { type, ...fields }, parent }: Proposal,
  refuse: Refuse,
): Acceptance | Refused {
  const checked = checkData(declarationOf(registered.definition, type)!.schema, fields);
  if (checked.issues !== undefined) {
    return refuse("invalid", `"${type}" is not as declared`, checked.issues.map(fieldError));
  }
  try {
    const data = toDurableJson(checked.value, `"${type}"`);
    const parsed = JSON.parse(data) as object;
    if (state === undefined) return accepted(type, data, createStep(registered, ref, parsed, parent?.parent));
    const event = { ...parsed, type };
    if (!state.snapshot.can(event)) return refuse("notAllowed", `"${type}" is not possible in "${state.path}"`);
    return accepted(type, data, nextStep(registered, ref, state, event));
  } catch (thrown) {
    if (thrown instanceof StatewrightError && thrown.code !== "INTERNAL") return refuse("invalid", thrown.message);
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return refuse("machineError", `The machine failed on "${type}": ${why}`);
  }
}

/** What a schema finds. One that throws on the data, or does not answer at once, has found an issue like any other. */
export function checkData(schema: EventSchema, data: object): SchemaResult {
  try {
    const result = schema["~standard"].validate(data);
    if (!(result instanceof Promise)) return result;
    // Zod tries once more asynchronously when a schema throws.
    result.catch(() => {});
    return { issues: [{ message: "The schema threw, or is asynchronous; a durable event's does neither" }] };
  } catch (thrown) {
    return { issues: [{ message: thrown instanceof Error ? thrown.message : String(thrown) }] };
  }
}

function declarationOf({ events }: ActorDefinition, type: string): EventDeclaration | undefined {
  return Object.hasOwn(events, type) ? events[type] : undefined;
}

function accepted(type: string, data: string, step: Step): Acceptance {
  return { outcome: "accepted", type, data, step };
}

/** A refusal of a proposal, with what would be accepted instead. */
export function refusal(
  registered: RegisteredActor,
  ref: ActorRef,
  state: ActorState | undefined,
  proposal: Proposal,
  reason: RefusalReason,
  detail: string,
  errors: readonly FieldError[] = [],
): Refused {
  return {
    outcome: "refused",
    actor: ref,
    reason,
    detail,
    event: proposal.event.type,
    state: state?.path ?? "",
    allowed: state === undefined ? [] : allowedEvents(registered, state, proposal.by ?? "client"),
    version: state?.version ?? 0,
    errors,
  };
}

/** The events that somebody may propose now. Guards of offered events read the context only, so the type is enough to ask. */
export function allowedEvents({ definition }: RegisteredActor, state: ActorState, by: Proposer): string[] {
  if (state.snapshot.status !== "active") return [];
  return Object.keys(definition.events).filter((type) => {
    if (type === definition.created || RANK[by] < RANK[definition.events[type]!.by]) return false;
    try {
      return state.snapshot.can({ type });
    } catch {
      return false;
    }
  });
}

function fieldError({ path = [], message }: SchemaIssue): FieldError {
  const keys = path.map((part) => String(typeof part === "object" ? part.key : part));
  return {
    pointer: keys.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join(""),
    detail: message,
  };
}

/** An outcome, as the runtime proposes it: it names the effect that it settles. */
export interface Outcome {
  /** `<version>/<n>` of the open effect. */
  readonly effectId: string;
  /** `ActivityCompleted`, `ActivityFailed`, `TimerFired`; or the machine's own event, when the handler answered with one. */
  readonly type: string;
  readonly data: object;
  /** Of the event that asked for the effect. */
  readonly traceparent?: string | undefined;
}

/**
 * Takes an outcome of an open effect. It is always appended, also when the machine selects no transition for it;
 * undefined when the effect is not open any more.
 * @throws what the machine throws
 */
export function judgeOutcome(
  registered: RegisteredActor,
  ref: ActorRef,
  state: ActorState,
  outcome: Outcome,
): Acceptance | undefined {
  if (!state.open.some(({ id }) => id === outcome.effectId)) return undefined;
  const data = toDurableJson(outcome.data, `The outcome ${outcome.type}`);
  const event = machineEventOf(outcome.type, JSON.parse(data) as object);
  return accepted(outcome.type, data, nextStep(registered, ref, state, event));
}

const STOPPED = JSON.stringify({ event: { type: "xstate.stop" } });

/** A parent stops its child: always accepted while the child is active. */
export function judgeStop(registered: RegisteredActor, ref: ActorRef, state: ActorState): Acceptance {
  return accepted(
    "Stopped",
    STOPPED,
    nextStep(registered, ref, state, machineEventOf("Stopped", JSON.parse(STOPPED) as object)),
  );
}
