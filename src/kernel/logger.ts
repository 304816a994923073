import { destination, pino } from "pino";

/** What the runtime says to its operator: one line, one JSON object, no personal data. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * JSON lines on standard error (standard output belongs to what was asked for).
 * @param level debug, info, warn, error or silent
 * @param bound stands in every line: `{ node: "node-1" }`
 */
export function createLogger(level: string, bound: object = {}): Logger {
  return pino({ level, base: { ...bound } }, destination({ dest: 2, sync: true }));
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
