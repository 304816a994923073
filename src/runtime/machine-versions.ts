/** Several versions of one machine side by side: which one an actor is on, and how its snapshot gets from one to the next. */
import type { AnyMachineSnapshot, AnyStateMachine } from "xstate";
import { StatewrightError } from "../kernel/errors.ts";
import type { RegisteredActor, RegisteredVersion } from "./register.ts";
import { canonicalSnapshot, pathOf, reviveSnapshot } from "./step.ts";

/** The data of a `MachineChanged`. */
export interface MachineChange {
  readonly from: string;
  readonly to: string;
}

/** The version that a snapshot is of. */
export function versionOf({ versions }: RegisteredActor, { machine }: AnyMachineSnapshot): RegisteredVersion {
  return versions.find((version) => version.machine === machine) ?? versions.at(-1)!;
}

/**
 * The machine that an actor began with.
 * @param writtenBy the identity in its first event's metadata; undefined for one that begins now
 * @throws StatewrightError `UNAVAILABLE` when it is a version that this node does not know
 */
export function machineOf(registered: RegisteredActor, writtenBy: string | undefined): AnyStateMachine {
  if (writtenBy === undefined || registered.definition.versions === undefined) return registered.machine;
  return versionNamed(registered, versionIn(writtenBy)).machine;
}

/** The version's name in a machine's identity, see `machine-identity.ts`. */
export function versionIn(identity: string): string {
  return identity.slice(identity.lastIndexOf("@") + 1, identity.lastIndexOf("#"));
}

function versionNamed({ definition: { type }, versions }: RegisteredActor, name: string): RegisteredVersion {
  const version = versions.find((each) => each.version === name);
  if (version !== undefined) return version;
  const known = versions.map((each) => each.version).join(", ");
  throw new StatewrightError(
    "UNAVAILABLE",
    `The ${type} is on version ${name} of its machine, and this node knows ${known}; a node that knows it goes on`,
  );
}

/**
 * The snapshot on another version: the same place, children and history, the context in that version's shape.
 * @throws StatewrightError `UNAVAILABLE` when this node does not know that version
 */
export function onVersion(registered: RegisteredActor, snapshot: AnyMachineSnapshot, to: string): AnyMachineSnapshot {
  const target = versionNamed(registered, to);
  const current = versionOf(registered, snapshot);
  const state = pathOf(snapshot.value);
  let context: unknown = snapshot.context;
  const { versions } = registered;
  for (const { adopt } of versions.slice(versions.indexOf(current) + 1, versions.indexOf(target) + 1)) {
    // On a copy that went through JSON, so that no version shares a part with the one before.
    if (adopt) context = JSON.parse(JSON.stringify(adopt(JSON.parse(JSON.stringify(context)), state)));
  }
  return reviveSnapshot(target.machine, canonicalSnapshot({ ...snapshot, context } as AnyMachineSnapshot));
}
