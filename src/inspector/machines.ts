/** The registered machines, each with its model, and its drawing, which is made once it is asked for. */
import { StatewrightError } from "../kernel/errors.ts";
import type { ActorDefinition } from "../runtime/definition.ts";
import { registerActors, type RegisteredActor } from "../runtime/register.ts";
import { type ChartModel, chartModel } from "./chart/chart-model.ts";
import { drawChart } from "./chart/draw.ts";
import { type Layout, layOut } from "./chart/layout.ts";
import { type PersonalFields, personalFieldsOf } from "./personal-fields.ts";

export interface Chart {
  readonly layout: Layout;
  readonly svg: string;
}

export interface Machine {
  readonly type: string;
  readonly registered: RegisteredActor;
  readonly model: ChartModel;
  readonly personal: PersonalFields;
  /** The same for as long as the process lives: a machine does not change under it. */
  chart(): Promise<Chart>;
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
  const model = chartModel(definition.machine);
  let drawing: Promise<Chart> | undefined;
  const draw = async () => {
    const layout = await layOut(model);
    return { layout, svg: drawChart(model, layout) };
  };
  return {
    type: definition.type,
    registered,
    model,
    personal: personalFieldsOf(definition),
    chart: () => drawing ??= draw(),
  };
}
