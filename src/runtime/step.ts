/**
 * The one pure step, and the only place that touches XState's transition function: used alike by the live actor,
 * recovery, replay and what-if.
 *
 * XState's public `transition()` builds an actor on every call; this calls `machine.transition` with one inert scope
 * that is reused, which gives the same results several times as fast. `test/runtime/step.test.ts` compares the two.
 */
import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyStateNode,
  type AnyTransitionDefinition,
  createActor,
  createMachine,
} from "xstate";
import { plainError } from "../kernel/errors.ts";
import type { ActorRef } from "../kernel/ids.ts";
import { assertPlain } from "./durable-json.ts";
import type { EffectRequest } from "./effects.ts";
import type { MachineEvent } from "./machine-event.ts";

export interface Step {
  readonly snapshot: AnyMachineSnapshot;
  readonly requests: readonly EffectRequest[];
}

/** What a step has to know about the actor beside its snapshot. */
export interface StepScope {
  readonly ref: ActorRef;
  /** Who hears of its end, and what `sendParent` sends to. */
  readonly parent: ActorRef | undefined;
  /** Custom actions that are left out. */
  readonly ignored: ReadonlySet<string>;
}

/** An action as XState hands it to a scope's executor. */
interface ResolvedAction {
  readonly type: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- XState's parameters have no common type; each case below reads its own.
  readonly params: any;
}

/** A child in a snapshot, once the step is over: its address is all that anybody needs. */
class InertChild {
  readonly id: string;
  readonly src: string;

  constructor(id: string, src: string) {
    this.id = id;
    this.src = src;
  }
}

const self = createActor(createMachine({}));
let collected: EffectRequest[] = [];
let current: StepScope;

const inertScope = {
  self,
  id: "",
  sessionId: "",
  system: self.system,
  defer() {},
  logger() {},
  stopChild() {},
  emit() {},
  actionExecutor: (action: ResolvedAction) => collect(action),
};

/**
 * The machine's first snapshot.
 * @throws what the machine throws
 */
export function initialStep(machine: AnyStateMachine, scope: StepScope, input: unknown): Step {
  const step = run(scope, () => machine.getInitialSnapshot(inertScope as never, input));
  // XState catches a throw here and keeps it in the snapshot.
  if (step.snapshot.status === "error") throw step.snapshot.error;
  return step;
}

/**
 * One macrostep. The snapshot that goes in is not changed.
 * @throws what a guard, an assign or a delay throws, and XState's own error when the machine never comes to rest
 */
export function step(
  machine: AnyStateMachine,
  scope: StepScope,
  snapshot: AnyMachineSnapshot,
  event: MachineEvent,
): Step {
  return run(scope, () => machine.transition(snapshot as never, event, inertScope as never));
}

/** Hears of the transitions of every microstep that is taken in this process until it calls what is answered: for tests. */
export function watchTransitions(hear: (transitions: readonly AnyTransitionDefinition[]) => void): () => void {
  const watching = self.system.inspect((inspected) => {
    if (inspected.type === "@xstate.microstep") hear(inspected._transitions);
  });
  return () => watching.unsubscribe();
}

function run(scope: StepScope, transition: () => AnyMachineSnapshot): Step {
  collected = [];
  current = scope;
  Object.assign(self, { id: `${scope.ref.type}/${scope.ref.id}`, _parent: scope.parent });
  const snapshot = transition();
  for (const id in snapshot.children) {
    const child = snapshot.children[id];
    // An actor of XState weighs 4 kB; the stub is spliced into a children object that this very step has made.
    if (child !== undefined && !(child instanceof InertChild)) {
      if (!collected.some((request) => request.kind === "activity" && request.child === id)) {
        throw new Error(
          `The child "${id}" was spawned inside an assign, which leaves no effect; use spawnChild or invoke`,
        );
      }
      snapshot.children[id] = new InertChild(id, String((child as { src: unknown }).src)) as never;
    }
  }
  return { snapshot: compact(snapshot), requests: collected };
}

/** What snapshots of one configuration of a machine have in common. */
type Shared = Pick<AnyMachineSnapshot, "value" | "tags"> & { _nodes: unknown };
const sharedByMachine = new WeakMap<AnyStateMachine, Map<string, Shared>>();
const NO_CHILDREN = Object.freeze({});

/** Lets all snapshots in the same state share what follows from it: they are about half as large. */
function compact(snapshot: AnyMachineSnapshot): AnyMachineSnapshot {
  const machine = snapshot.machine as AnyStateMachine;
  let shared = sharedByMachine.get(machine);
  if (shared === undefined) sharedByMachine.set(machine, shared = new Map<string, Shared>());
  const path = pathOf(snapshot.value);
  const same = shared.get(path);
  if (same) Object.assign(snapshot, same);
  else shared.set(path, { value: snapshot.value, tags: snapshot.tags, _nodes: (snapshot as unknown as Shared)._nodes });
  if (Object.keys(snapshot.children).length === 0) snapshot.children = NO_CHILDREN;
  if (Object.keys(snapshot.historyValue).length === 0) snapshot.historyValue = NO_CHILDREN;
  return snapshot;
}

function collect({ type, params }: ResolvedAction): void {
  switch (type) {
    case "xstate.spawnChild":
      if (params.id === undefined) {
        throw new Error(`A child of ${params.src} has no id; give it one, or it cannot be found again`);
      }
      collected.push({ kind: "activity", child: params.actorRef.id, src: params.src, input: params.input ?? null });
      return;
    case "xstate.stopChild":
      if (params !== undefined) collected.push({ kind: "stop", child: params.id });
      return;
    case "xstate.raise":
      if (typeof params.delay === "number") {
        collected.push({ kind: "timer", send: params.id, event: params.event, delayMs: delayOf(params.delay) });
      }
      return;
    case "xstate.cancel":
      collected.push({ kind: "cancel", send: params.sendId });
      return;
    case "xstate.sendTo":
      collected.push(collectSend(params));
      return;
    case "xstate.emit":
      collected.push({ kind: "emit", event: params.event });
      return;
    case "xstate.log":
      return;
    default:
      if (!current.ignored.has(type)) {
        throw new Error(
          `The custom action "${type}" is not durable: make it an invoke, or name it in the definition's \`ignore\``,
        );
      }
  }
}

function collectSend(params: { to: unknown; event: MachineEvent; id?: string; delay?: number }): EffectRequest {
  const { to, event } = params;
  if (event.type.startsWith("xstate.")) throw new Error(`${event.type} is XState's own event; a machine sends its own`);
  if (to === self) {
    if (params.delay !== undefined) {
      return { kind: "timer", send: params.id, event, delayMs: delayOf(params.delay) };
    }
    return { kind: "message", to: current.ref, event };
  }
  if (to instanceof InertChild || (typeof to === "object" && to !== null && "_parent" in to && to._parent === self)) {
    if (params.delay === undefined) return { kind: "tell", child: (to as { id: string }).id, event };
    throw new Error(`${event.type} is sent to a child with a delay; raise it with the delay and send it then`);
  }
  if (!isAddress(to)) {
    throw new Error(`${event.type} was sent to something that is not a durable actor; send to actorRef(type, id)`);
  }
  if (params.delay !== undefined) {
    throw new Error(
      `${event.type} is sent to ${to.type}/${to.id} with a delay; raise it with the delay and send it then`,
    );
  }
  return { kind: "message", to: { type: to.type, id: to.id }, event };
}

function isAddress(to: unknown): to is ActorRef {
  return typeof to === "object" && to !== null && "type" in to && typeof to.type === "string" && "id" in to &&
    typeof to.id === "string";
}

/** A hundred years: well within what every calendar can hold. */
const MAX_DELAY_MS = 100 * 365.25 * 24 * 60 * 60 * 1_000;

function delayOf(delayMs: number): number {
  if (delayMs >= 0 && delayMs <= MAX_DELAY_MS) return Math.ceil(delayMs);
  throw new Error(
    `A delay of ${delayMs} ms: it has to be a number of milliseconds from 0 to ${MAX_DELAY_MS}, a hundred years`,
  );
}

/** The machine's path: `compensating.refunding`; parallel parts sorted and joined by ` | `. */
export function pathOf(value: unknown): string {
  if (typeof value === "string") return value;
  return paths(value as Record<string, unknown>, "").toSorted().join(" | ");
}

function paths(value: Record<string, unknown>, prefix: string): string[] {
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = prefix + key;
    if (typeof inner === "string") return [`${path}.${inner}`];
    const deeper = paths(inner as Record<string, unknown>, `${path}.`);
    return deeper.length === 0 ? [path] : deeper;
  });
}

/**
 * Everything about a snapshot that decides what happens next, as JSON in one fixed order: what is hashed with every
 * event, and what a replay has to arrive at.
 * @throws StatewrightError when the context cannot be stored
 */
export function canonicalSnapshot(snapshot: AnyMachineSnapshot): string {
  const children: Record<string, string> = {};
  for (const id in snapshot.children) children[id] = (snapshot.children[id] as unknown as InertChild).src;
  const history: Record<string, string[]> = {};
  for (const id in snapshot.historyValue) {
    history[id] = (snapshot.historyValue as Record<string, { id: string }[]>)[id]!.map((node) => node.id);
  }
  const { status, value, context, output = null, error } = snapshot;
  assertPlain(context, "context");
  assertPlain(output, "output");
  return JSON.stringify([
    status,
    value,
    context,
    children,
    history,
    output,
    error === undefined ? null : plainError(error),
  ]);
}

/** What {@link canonicalSnapshot} wrote. */
type Canonical = [
  status: string,
  value: unknown,
  context: unknown,
  children: Record<string, string>,
  history: Record<string, string[]>,
  output: unknown,
  error: unknown,
];

/**
 * The snapshot that a canonical text describes.
 * @throws when the machine has no such state
 */
export function reviveSnapshot(machine: AnyStateMachine, canonical: string): AnyMachineSnapshot {
  const [status, value, context, children, history, output, error] = JSON.parse(canonical) as Canonical;
  const historyValue = Object.fromEntries(
    Object.entries(history).map(([id, nodes]) => [id, nodes.map((node) => ({ id: node }))]),
  );
  const persisted = { status, value, context, historyValue, children: {}, output, error: error ?? undefined };
  const snapshot: AnyMachineSnapshot = machine.restoreSnapshot(persisted as never, inertScope as never);
  for (const [id, src] of Object.entries(children)) snapshot.children[id] = new InertChild(id, src) as never;
  return snapshot;
}

/** The nodes from the root to a leaf, by its dotted path. */
export function nodesTo(root: AnyStateNode, path: string): AnyStateNode[] {
  const nodes = [root];
  for (const key of path.split(".")) {
    const next = (nodes.at(-1)!.states as Record<string, AnyStateNode>)[key];
    if (next) nodes.push(next);
  }
  return nodes;
}
