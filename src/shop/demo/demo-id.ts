import { createHash } from "node:crypto";

/** 1 January 2026. */
const DEMO_TIME_MS = 1_767_225_600_000;

/** The same UUIDv7 for the same name on every machine, so that the demo can be named in documents and seeded twice. */
export function demoId(name: string): string {
  const time = DEMO_TIME_MS.toString(16).padStart(12, "0");
  const chance = createHash("sha256").update(`statewright demo ${name}`).digest("hex");
  const variant = (8 + (Number.parseInt(chance[3]!, 16) & 3)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${chance.slice(0, 3)}-${variant}${chance.slice(4, 7)}-${
    chance.slice(7, 19)
  }`;
}
