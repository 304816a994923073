/** The transitions of a machine, and those that a history takes. */
import { type AnyStateMachine, createActor, createMachine } from "xstate";
import type { ActorRef } from "../../src/kernel/ids.ts";
import {
  type ActorState,
  type EventMetadata,
  foldEvent,
  machineEventOf,
  upcastData,
} from "../../src/runtime/actor-state.ts";
import type { RegisteredActor } from "../../src/runtime/register.ts";
import type { StoredEvent } from "../../src/store/store.ts";

type Node = AnyStateMachine["root"];
type Transition = NonNullable<Node["always"]>[number];

/** All of them, in words that name each by its state, its event, and its place among those of the same event. */
export function transitionsOf(machine: AnyStateMachine): ReadonlyMap<unknown, string> {
  const found = new Map<unknown, string>();
  const add = (node: Node, event: string, transitions: readonly Transition[]) => {
    for (const [n, each] of transitions.entries()) {
      const target = each.target?.map(({ id }) => id).join(", ") ?? "(stays)";
      found.set(each, `${node.id} –${event || "always"} ${n + 1}→ ${target}`);
    }
  };
  const visit = (node: Node): void => {
    for (const [event, transitions] of node.transitions) add(node, event, transitions);
    add(node, "", node.always ?? []);
    for (const child of Object.values(node.states as Record<string, Node>)) visit(child);
  };
  visit(machine.root);
  return found;
}

const observer = createActor(createMachine({}));
let taken: unknown[] = [];
observer.system.inspect((inspected) => {
  if (inspected.type === "@xstate.microstep") taken.push(...inspected._transitions);
});
const observed = {
  self: observer,
  id: "",
  sessionId: "",
  system: observer.system,
  defer() {},
  logger() {},
  stopChild() {},
  emit() {},
  actionExecutor() {},
};

/** What the events of a history take, each as {@link transitionsOf} has it, and the state at its end. */
export function transitionsTaken(
  actor: RegisteredActor,
  ref: ActorRef,
  rows: readonly StoredEvent[],
): { transitions: ReadonlySet<unknown>; state: ActorState | undefined } {
  const transitions = new Set<unknown>();
  let state: ActorState | undefined;
  for (const row of rows) {
    const metadata = JSON.parse(row.metadata) as EventMetadata;
    const data = upcastData(actor, row.type, JSON.parse(row.data) as object, metadata);
    taken = [];
    if (state === undefined) actor.machine.getInitialSnapshot(observed as never, { ...data, id: ref.id });
    else actor.machine.transition(state.snapshot as never, machineEventOf(row.type, data), observed as never);
    for (const each of taken) transitions.add(each);
    state = foldEvent(actor, ref, state, row, metadata, new Set());
  }
  return { transitions, state };
}
