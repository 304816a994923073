/** Effects as they are shown: named, with what they are about in one line. */
import { streamOf } from "../../kernel/ids.ts";
import type { Effect } from "../../runtime/effects.ts";
import type { Machines } from "../machines.ts";
import { redact } from "../personal-fields.ts";

export type ShownEffect = Readonly<Record<string, unknown>> & {
  /** `<version>/<n>` */
  readonly id: string;
  readonly kind: Effect["kind"];
  readonly what: string;
};

export interface Showing {
  readonly machines: Machines;
  readonly seesPersonal: boolean;
}

export function effectsOfRow(effects: string | null): Effect[] {
  return effects === null ? [] : JSON.parse(effects) as Effect[];
}

/** @param type the actor's, whose effects they are */
export function showEffects(
  effects: readonly Effect[],
  version: number,
  type: string,
  showing: Showing,
): ShownEffect[] {
  return effects.map((effect, n) => ({ id: `${version}/${n}`, ...showEffect(effect, type, showing) }));
}

export function showEffect(effect: Effect, type: string, { machines, seesPersonal }: Showing) {
  const { kind } = effect;
  const whose = kind === "message" ? effect.to.type : type;
  const personal = machines.all.find((machine) => machine.type === whose)?.personal ?? new Set<string>();
  const shown = seesPersonal ? effect : redact(effect, personal) as Effect;
  return { ...shown, kind, what: whatOf(effect) };
}

export function whatOf(effect: Effect): string {
  switch (effect.kind) {
    case "activity":
      return effect.src;
    case "timer":
      return timerName(effect.event.type);
    case "message":
      return `${effect.event.type} → ${streamOf(effect.to)}`;
    case "child":
      return `${effect.child}: ${streamOf(effect.to)}`;
    case "emit":
      return effect.event.type;
    default:
      return `closes ${effect.effect}`;
  }
}

/** `xstate.after.releaseTimeout.order.compensating` is "releaseTimeout". */
function timerName(event: string): string {
  return /^xstate\.after\.([^.]+)\./.exec(event)?.[1] ?? event;
}
