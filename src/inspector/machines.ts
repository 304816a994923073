/** The registered machines, each with its model, and its drawing, which is made once it is asked for. */
import type { AnyMachineSnapshot } from "xstate";
import { StatewrightError } from "../kernel/errors.ts";
import type { ActorDefinition } from "../runtime/definition.ts";
import { versionIn, versionOf } from "../runtime/machine-versions.ts";
import { registerActors, type RegisteredActor, type RegisteredVersion } from "../runtime/register.ts";
import { type ChartModel, chartModel } from "./chart/chart-model.ts";
import { drawChart } from "./chart/draw.ts";
import { type Layout, layOut } from "./chart/layout.ts";
import { type PersonalFields, personalFieldsOf } from "./personal-fields.ts";

export interface Chart {
  readonly layout: Layout;
  readonly svg: string;
}

export interface MachineVersion {
  readonly version: string;
  readonly identity: string;
  readonly model: ChartModel;
  /** Where its picture and its description lie, below `api/`. */
  readonly path: string;
  /** The same for as long as the process lives: a machine does not change under it. */
  chart(): Promise<Chart>;
}

/** Itself it is the version that new actors begin with. */
export interface Machine extends MachineVersion {
  readonly type: string;
  readonly registered: RegisteredActor;
  readonly personal: PersonalFields;
  /** All that actors may be on, oldest first. */
  readonly versions: readonly MachineVersion[];
}

export interface Machines {
  readonly all: readonly Machine[];
  /** @throws StatewrightError `NOT_FOUND` */
  of(type: string): Machine;
}

export function createMachines(definitions: readonly ActorDefinition[]): Machines {
  const byType = new Map([...registerActors(definitions)].map(([type, registered]) => [type, machine(registered)]));
  return {
    all: [...byType.values()],
    of(type) {
      const found = byType.get(type);
      if (found === undefined) throw new StatewrightError("NOT_FOUND", `There is no actor type ${type.slice(0, 80)}`);
      return found;
    },
  };
}

function machine(registered: RegisteredActor): Machine {
  const { definition } = registered;
  const versions = registered.versions.map((version) => drawnVersion(registered, version));
  return {
    ...versions.find(({ version }) => version === definition.version)!,
    type: definition.type,
    registered,
    personal: personalFieldsOf(definition),
    versions,
  };
}

function drawnVersion(
  { definition }: RegisteredActor,
  { version, identity, machine }: RegisteredVersion,
): MachineVersion {
  const model = chartModel(machine);
  let drawing: Promise<Chart> | undefined;
  const draw = async () => {
    const layout = await layOut(model);
    return { layout, svg: drawChart(model, layout) };
  };
  const path = `machines/${definition.type}`;
  return {
    version,
    identity,
    model,
    path: version === definition.version ? path : `${path}/versions/${encodeURIComponent(version)}`,
    chart: () => drawing ??= draw(),
  };
}

/** @throws StatewrightError `NOT_FOUND` */
export function versionNamed({ type, versions }: Machine, name: string): MachineVersion {
  const found = versions.find(({ version }) => version === name);
  if (found !== undefined) return found;
  const known = versions.map(({ version }) => version).join(", ");
  throw new StatewrightError("NOT_FOUND", `The ${type} has no version ${name.slice(0, 80)} here; there is ${known}`);
}

/** The version that wrote an event. @param identity in the event's metadata */
export function versionThatWrote(machine: Machine, identity: string): MachineVersion {
  return machine.versions.find(({ version }) => version === versionIn(identity)) ?? machine;
}

/** The version that an actor is on. */
export function versionStoodOn(machine: Machine, snapshot: AnyMachineSnapshot): MachineVersion {
  return versionNamed(machine, versionOf(machine.registered, snapshot).version);
}
