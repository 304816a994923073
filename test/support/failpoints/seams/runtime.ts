/** The runtime with room for few actors, so that they are forgotten and woken up all the time, and memory has a bound. */
import { createRuntime as create, type Runtime, type RuntimeOptions } from "../../../../src/runtime/runtime.ts";

const MAX_RESIDENT = 300;

export function createRuntime(options: RuntimeOptions): Runtime {
  return create({ ...options, maxResident: MAX_RESIDENT });
}
