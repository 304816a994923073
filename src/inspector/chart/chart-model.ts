/** A machine as a drawing sees it: its states and transitions as plain data, each with a name that stays. */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate";

export type StateKind = "atomic" | "compound" | "parallel" | "final" | "history";

export interface ChartState {
  /** Dotted, as events keep it; the root's is empty. */
  readonly path: string;
  readonly key: string;
  /** The path of the state around it; undefined for the root. */
  readonly parent: string | undefined;
  readonly kind: StateKind;
  readonly description: string | undefined;
  readonly tags: readonly string[];
  /** Part of undoing what was done. */
  readonly compensating: boolean;
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  readonly invokes: readonly { readonly id: string; readonly src: string }[];
  /** Where it begins: the path of the state inside that is entered first. */
  readonly initial: string | undefined;
}

export type EdgeKind = "event" | "delayed" | "always" | "done" | "error";

export interface ChartEdge {
  /** `<source>#<event>#<n>`; holds no white space. */
  readonly id: string;
  readonly source: string;
  /** Null: the transition has actions only, and stays where it is. */
  readonly target: string | null;
  /** As the machine names it. */
  readonly event: string;
  /** As people read it. */
  readonly label: string;
  readonly kind: EdgeKind;
  readonly guard: string | undefined;
  /** `ms` where it is the same for every actor. */
  readonly delay: { readonly name: string; readonly ms: number | undefined } | undefined;
  readonly actions: readonly string[];
  readonly reenter: boolean;
  /** It leaves nothing: it is told in its state's box, not drawn as a line. */
  readonly inner: boolean;
  readonly compensating: boolean;
}

export interface ChartModel {
  readonly id: string;
  readonly description: string | undefined;
  /** Parents before their children; the root is the first. */
  readonly states: readonly ChartState[];
  readonly edges: readonly ChartEdge[];
}

export function chartModel(machine: AnyStateMachine): ChartModel {
  const nodes = withDescendants(machine.root);
  const states = nodes.map(stateOf);
  const compensating = new Set(states.flatMap((state) => state.compensating ? state.path : []));
  const delays = machine.implementations.delays as Readonly<Record<string, unknown>>;
  const edges = nodes.flatMap((node) => edgesOf(node, delays, compensating));
  return { id: machine.id, description: machine.root.description, states, edges };
}

function withDescendants(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states as Record<string, AnyStateNode>).flatMap(withDescendants)];
}

function pathOf(node: AnyStateNode): string {
  return node.path.join(".");
}

function stateOf(node: AnyStateNode): ChartState {
  const begins = node.type === "compound" ? node.initial.target[0] : undefined;
  return {
    path: pathOf(node),
    key: node.key,
    parent: node.parent && pathOf(node.parent),
    kind: node.type,
    description: node.description,
    tags: node.tags,
    compensating: isCompensating(node),
    entry: node.entry.map(nameOf),
    exit: node.exit.map(nameOf),
    invokes: node.invoke.map(({ id, src }) => ({ id, src: String(src) })),
    initial: begins && pathOf(begins),
  };
}

const UNDOING = /^(compensat|cancelling|undoing|rollingBack)/i;

/** By its own word, or that of a state around it: its key, a tag, or `meta: { compensating: true }`. */
function isCompensating(node: AnyStateNode): boolean {
  const meta = node.meta as { readonly compensating?: boolean } | undefined;
  const says = meta?.compensating ?? [node.key, ...node.tags].some((word) => UNDOING.test(word));
  return says || (node.parent !== undefined && isCompensating(node.parent));
}

function edgesOf(
  node: AnyStateNode,
  delays: Readonly<Record<string, unknown>>,
  compensating: ReadonlySet<string>,
): ChartEdge[] {
  const byEvent = [...node.transitions.entries(), ["", node.always ?? []]] as [string, AnyTransitionDefinition[]][];
  return byEvent.flatMap(([event, transitions]) =>
    transitions.map((transition, n) => edgeOf(node, event, n, transition, delays, compensating))
  );
}

function edgeOf(
  node: AnyStateNode,
  event: string,
  n: number,
  { target: targets, guard, actions, reenter }: AnyTransitionDefinition,
  delays: Readonly<Record<string, unknown>>,
  compensating: ReadonlySet<string>,
): ChartEdge {
  const source = pathOf(node);
  const target = targets?.[0] === undefined ? null : pathOf(targets[0]);
  const delay = delayOf(node, event, delays);
  const stays = target === null || (target === source ? !reenter : isWithin(target, source));
  return {
    id: `${source}#${(event || "always").replaceAll(/\s/g, "_")}#${n}`,
    source,
    target,
    event,
    ...wordingOf(node, event, delay?.name),
    guard: guard === undefined ? undefined : nameOf(guard),
    delay,
    actions: actions.map(nameOf),
    reenter,
    inner: stays,
    compensating: target === null ? compensating.has(source) : compensating.has(source) || compensating.has(target),
  };
}

/** True for a state inside another one. The root holds all. */
export function isWithin(path: string, outer: string): boolean {
  return outer === "" ? path !== "" : path.startsWith(`${outer}.`);
}

function delayOf(node: AnyStateNode, event: string, delays: Readonly<Record<string, unknown>>): ChartEdge["delay"] {
  const delayed = node.after.find(({ eventType }) => eventType === event);
  if (delayed === undefined) return undefined;
  const given: unknown = delayed.delay;
  if (typeof given === "number") return { name: `${given} ms`, ms: given };
  const name = typeof given === "string" ? given : "a computed delay";
  const known = delays[name];
  return { name, ms: typeof known === "number" ? known : undefined };
}

/** `xstate.done.actor.capturePayment` is "capturePayment done". */
function wordingOf(node: AnyStateNode, event: string, delay: string | undefined): Pick<ChartEdge, "kind" | "label"> {
  if (event === "") return { kind: "always", label: "always" };
  if (delay !== undefined) return { kind: "delayed", label: `after ${delay}` };
  const end = /^xstate\.(done|error)\.(actor|state)\.(.*)$/.exec(event);
  if (end === null) return { kind: "event", label: event === "*" ? "any event" : event };
  const [, how, what, name = ""] = end;
  if (what === "state") return { kind: "done", label: `${node.key} done` };
  return how === "done" ? { kind: "done", label: `${name} done` } : { kind: "error", label: `${name} fails` };
}

/** Of an action or a guard: its name, or that it has none. */
function nameOf(named: unknown): string {
  if (typeof named === "string") return named;
  if (typeof named === "object" && named !== null && "type" in named) return String(named.type);
  return typeof named === "function" && named.name !== "" ? named.name : "(inline)";
}
