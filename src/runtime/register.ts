/**
 * Registration: what cannot be durable is refused here, before the first actor exists, with what to do instead.
 */
import type { AnyActorLogic, AnyStateMachine, AnyStateNode } from "xstate";
import { StatewrightError } from "../kernel/errors.ts";
import { isActorType } from "../kernel/ids.ts";
import { machineIdentity } from "./machine-identity.ts";
import { MACHINE_CHANGED, OUTCOME_NAMES } from "./outcome-names.ts";
import type { ActorDefinition, MachineVersion } from "./definition.ts";

/** One version of it. */
export interface RegisteredVersion extends Pick<MachineVersion, "version" | "adopt"> {
  /** With every child replaced by an inert stub. */
  readonly machine: AnyStateMachine;
  /** See `machine-identity.ts`. */
  readonly identity: string;
}

/** A definition whose machine is ready to be stepped. */
export interface RegisteredActor {
  readonly definition: ActorDefinition;
  /** The machine with every child replaced by an inert stub: children are effects, never computed in their parent. */
  readonly machine: AnyStateMachine;
  readonly ignored: ReadonlySet<string>;
  /** The machine's `src`s that stand for actors of their own. */
  readonly children: ReadonlyMap<string, { readonly type: string; readonly created: string }>;
  /** See `machine-identity.ts`; kept with every event. */
  readonly identity: string;
  /** All that stored actors may be on, oldest first, this one among them. */
  readonly versions: readonly RegisteredVersion[];
}

/** An endless `always` is refused after this many microsteps. */
const MAX_MICROSTEPS = 1_000;

const inertLogic = {
  transition: (snapshot: unknown) => snapshot,
  getInitialSnapshot: () => ({ status: "active", output: undefined, error: undefined }),
  getPersistedSnapshot: (snapshot: unknown) => snapshot,
} as unknown as AnyActorLogic;

/**
 * Checks definitions and prepares their machines.
 * @throws StatewrightError `USAGE` that lists everything that is wrong with the first machine that has a fault
 */
export function registerActors(definitions: readonly ActorDefinition[]): ReadonlyMap<string, RegisteredActor> {
  const registered = new Map<string, RegisteredActor>();
  for (const definition of definitions) {
    const faults = faultsOf(definition);
    for (const [src, type] of Object.entries(definition.children ?? {})) {
      if (!definitions.some((other) => other.type === type)) {
        faults.push(`its child "${src}" is of type "${type}", which is not registered`);
      }
    }
    if (registered.has(definition.type)) faults.push("the type is registered twice");
    if (faults.length > 0) {
      throw new StatewrightError(
        "USAGE",
        `The actor "${definition.type}" cannot be made durable:\n  - ${faults.join("\n  - ")}`,
      );
    }
    registered.set(definition.type, prepare(definition, definitions));
  }
  return registered;
}

function prepare(definition: ActorDefinition, all: readonly ActorDefinition[]): RegisteredActor {
  const versions = versionsOf(definition).map(({ version, machine, source, adopt }): RegisteredVersion => ({
    version,
    machine: inert(machine),
    identity: machineIdentity({ version, machine, ...(source && { source }) }),
    ...(adopt && { adopt }),
  }));
  const { machine, identity } = versions.find(({ version }) => version === definition.version)!;
  return {
    definition,
    machine,
    identity,
    versions,
    ignored: new Set(definition.ignore),
    children: new Map(
      Object.entries(definition.children ?? {}).map(([src, type]) => {
        const { created } = all.find((other) => other.type === type)!;
        return [src, { type, created }];
      }),
    ),
  };
}

function versionsOf(definition: ActorDefinition): readonly MachineVersion[] {
  return definition.versions ?? [definition];
}

function inert(machine: AnyStateMachine): AnyStateMachine {
  const stubs = Object.fromEntries(Object.keys(machine.implementations.actors).map((src) => [src, inertLogic]));
  const ready = machine.provide({ actors: stubs as never });
  ready.options.maxIterations = Math.min(ready.options.maxIterations ?? Infinity, MAX_MICROSTEPS);
  return ready;
}

function faultsOf(definition: ActorDefinition): string[] {
  const faults: string[] = [];
  if (!isActorType(definition.type)) {
    faults.push(`"${definition.type}" is no type: a lower-case letter, then letters and digits`);
  }
  if (!(definition.created in definition.events)) {
    faults.push(`its creation event "${definition.created}" is not among its events; declare it with a schema`);
  }
  for (const type of Object.keys(definition.events)) {
    if (!/^[A-Z][A-Za-z0-9]{0,62}$/.test(type)) {
      faults.push(
        `the event "${type}" needs a name of letters and digits that starts with a capital, in the past tense`,
      );
    }
    if (OUTCOME_NAMES.has(type) || type === MACHINE_CHANGED) {
      faults.push(`the event name "${type}" belongs to the runtime; choose another`);
    }
  }
  faults.push(...faultsOfVersions(definition));
  for (const { machine } of versionsOf(definition)) {
    for (const node of allNodes(machine.root)) faults.push(...faultsOfNode(node, { ...definition, machine }));
  }
  return [...new Set(faults)];
}

function faultsOfVersions({ machine, version, versions = [] }: ActorDefinition): string[] {
  const faults: string[] = [];
  if (versions.length > 0 && !versions.some((each) => each.version === version && each.machine === machine)) {
    faults.push(`its machine and version "${version}" are not among its versions`);
  }
  const names = versions.map((each) => each.version);
  if (new Set(names).size < names.length) faults.push(`two of its versions have one name: ${names.join(", ")}`);
  for (const other of versions) {
    if (other.machine.id !== machine.id) {
      faults.push(`version "${other.version}" is of the machine "${other.machine.id}", not of "${machine.id}"`);
    }
    if (/[@#]/.test(other.version)) faults.push(`the version "${other.version}" has an @ or # in its name`);
  }
  return faults;
}

function allNodes(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states as Record<string, AnyStateNode>).flatMap(allNodes)];
}

/** An action, guard or delay in a machine's configuration: a name, an object with a name, or a function of XState or the user. */
type Named = string | { type: string } | ((...args: never[]) => unknown);

function faultsOfNode(node: AnyStateNode, definition: ActorDefinition): string[] {
  const { implementations } = definition.machine;
  const faults: string[] = [];
  const transitions = [...node.transitions.values()].flat();
  if (node.always) transitions.push(...node.always);
  const actions = [...node.entry, ...node.exit, ...transitions.flatMap(({ actions }) => actions)] as Named[];
  for (const action of actions) {
    const fault = faultOfAction(action, implementations.actions as Record<string, unknown>, definition);
    if (fault !== undefined) faults.push(`${node.id}: ${fault}`);
  }
  for (const { guard } of transitions) {
    const name = nameOf(guard);
    if (name !== undefined && !(name in implementations.guards)) {
      faults.push(`${node.id}: the guard "${name}" has no implementation`);
    }
  }
  for (const { delay } of node.after) {
    if (typeof delay === "string" && !(delay in implementations.delays)) {
      faults.push(`${node.id}: the delay "${delay}" has no implementation`);
    }
  }
  for (const invoke of node.invoke) {
    faults.push(...faultsOfInvoke(invoke, definition).map((fault) => `${node.id}: ${fault}`));
  }
  return faults;
}

function nameOf(named: Named | undefined): string | undefined {
  if (typeof named === "string") return named;
  return typeof named === "object" ? named.type : undefined;
}

function faultOfAction(
  action: Named,
  known: Record<string, unknown>,
  { ignore = [] }: ActorDefinition,
): string | undefined {
  const name = nameOf(action);
  const implementation = name === undefined ? action : known[name];
  if (name !== undefined && ignore.includes(name)) return undefined;
  if (implementation === undefined) return `the action "${name}" has no implementation`;
  // XState's own actions resolve to data; anything else is code that would run again at every replay.
  if (typeof implementation === "function" && "resolve" in implementation) return undefined;
  return `the custom action "${
    name ?? (typeof action === "function" && action.name ? action.name : "(anonymous)")
  }" is not durable: ` +
    "make it an invoke, or name it in `ignore` when nothing depends on it";
}

function faultsOfInvoke(
  invoke: { id: string; src: unknown; systemId?: string | undefined; onSnapshot?: unknown },
  { activities = {}, children = {}, machine }: ActorDefinition,
): string[] {
  const { src } = invoke;
  if (typeof src !== "string" || src.startsWith("xstate.invoke.")) {
    return [
      `the invoke "${invoke.id}" has its logic inline; name it in setup({ actors }) and give its work in \`activities\``,
    ];
  }
  const faults: string[] = [];
  if (!(src in machine.implementations.actors)) {
    faults.push(`the actor "${src}" has no implementation in setup({ actors })`);
  }
  if (!(src in activities) && !(src in children)) {
    faults.push(`the invoke of "${src}" has no entry in \`activities\` or \`children\``);
  }
  if (invoke.systemId !== undefined) {
    faults.push(`the invoke of "${src}" has a systemId, which names something in one process only`);
  }
  if (invoke.onSnapshot !== undefined) {
    faults.push(`the invoke of "${src}" has onSnapshot, but a durable child has no live snapshots`);
  }
  return faults;
}
