/**
 * Named moments of a process at which a test can make it fail. The seams (`seams/`) say when one is passed; the test
 * arms one of them, and the process fails there at the n-th pass from then on.
 */
import { writeSync } from "node:fs";
import { StatewrightError } from "../../../src/kernel/errors.ts";

/** kill: SIGKILL of itself. hang: SIGSTOP of itself, until somebody sends SIGCONT. throw: the call there fails. */
export const FAULTS = ["kill", "hang", "throw"] as const;
export type Fault = (typeof FAULTS)[number];

/** Each with the faults that can happen there: a part may only throw what its contract allows it to throw. */
export const FAILPOINTS = {
  "append before commit": FAULTS,
  "append after commit": ["kill", "hang"],
  "outcome before commit": FAULTS,
  "outcome after commit": ["kill", "hang"],
  "timer claimed": FAULTS,
  "timer before commit": FAULTS,
  "timer after commit": ["kill", "hang"],
  "waiting row before commit": FAULTS,
  "waiting row after commit": ["kill", "hang"],
  "snapshot before write": FAULTS,
  "snapshot after write": FAULTS,
  "projection before checkpoint": FAULTS,
  "projection after checkpoint": FAULTS,
  "subscription before cursor": FAULTS,
  "subscription after cursor": FAULTS,
  "relay before publish": FAULTS,
  "relay after ack": FAULTS,
  "relay before checkpoint": FAULTS,
  "relay after checkpoint": FAULTS,
  "capture before call": FAULTS,
  "capture after call": FAULTS,
  "refund before call": FAULTS,
  "refund after call": FAULTS,
  "reply before": FAULTS,
  "reply after": ["kill", "hang"],
  "link before answer": FAULTS,
  "link after answer": ["kill", "hang"],
  "orphans claimed": FAULTS,
  "drain before retiring": FAULTS,
  "drain after retiring": FAULTS,
  "drain before leaving": FAULTS,
  "drain after leaving": FAULTS,
} as const satisfies Record<string, readonly Fault[]>;
export type Failpoint = keyof typeof FAILPOINTS;

export interface Plan {
  readonly point: Failpoint;
  readonly fault: Fault;
  /** 1: the first time that it is passed from now on. */
  readonly pass: number;
}

/** What the process says as it fails. */
export function firedText({ point, fault, pass }: Plan): string {
  return `failpoint: ${fault} at "${point}", pass ${pass}\n`;
}

/** What the process says once it is armed. */
export function armedText({ point, fault, pass }: Plan): string {
  return `failpoint armed: ${fault} at "${point}", pass ${pass}\n`;
}

let armed: Plan | undefined;
let passes = 0;

export function arm(plan: Plan): void {
  [armed, passes] = [plan, 0];
  writeSync(2, armedText(plan));
}

/** @throws StatewrightError `UNAVAILABLE` when that is the fault to happen here and now */
export function passing(point: Failpoint): void {
  if (armed?.point !== point || ++passes < armed.pass) return;
  const plan = armed;
  armed = undefined;
  writeSync(2, firedText(plan));
  if (plan.fault === "throw") throw new StatewrightError("UNAVAILABLE", `A test's failpoint: ${point}`);
  process.kill(process.pid, plan.fault === "kill" ? "SIGKILL" : "SIGSTOP");
  // The signal may reach another thread first; this one goes no further until the process is stopped.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
}
