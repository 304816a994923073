/** An event of a machine: a type and JSON beside it. */
export interface MachineEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}
