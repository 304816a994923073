/** A toy node in a process of its own, seen from the test. */
import type { MachineEvent } from "../../src/runtime/machine-event.ts";
import type { ProposalOptions } from "../../src/runtime/receipt.ts";
import { type Program, runProgram } from "./programs.ts";
import type { Call, Look } from "./toy-calls.ts";
import type { ToyNodeOptions } from "./toy-node.ts";

/** A receipt, or `outcome: "failed"` with the error's code. */
export interface Answered {
  readonly outcome: "accepted" | "duplicate" | "refused" | "failed";
  readonly version?: number;
  readonly reason?: string;
  readonly code?: string;
  readonly message?: string;
}

export interface ToyProcess {
  readonly program: Program;
  propose(actor: string, event: MachineEvent, options?: ProposalOptions): Promise<Answered>;
  /** All in one turn of the event loop; actors that are awake get into one commit. */
  batch(calls: readonly Call[]): Promise<Answered[]>;
  /** As `batch`, but the process kills itself once all is committed; resolves when it is dead. */
  last(calls: readonly Call[]): Promise<void>;
  look(actor: string): Promise<Look | null>;
  /** kill -9; resolves when it is dead. */
  kill(): Promise<void>;
}

/** For nodes that are expected to die before they can say where they are. */
export function runToyNode(databaseUrl: string, options: ToyNodeOptions): Program {
  return runProgram("test/support/toy-node.ts", {
    args: [JSON.stringify(options)],
    env: { DATABASE_URL: databaseUrl },
  });
}

/** kill -9, unless it was dead already; resolves when it is. */
export async function killNode(program: Program): Promise<void> {
  try {
    program.kill("SIGKILL");
  } catch {
    // No such process any more.
  }
  await program.ended;
}

export async function startToyProcess(databaseUrl: string, options: ToyNodeOptions): Promise<ToyProcess> {
  const program = runToyNode(databaseUrl, options);
  const url = await program.says(/http:\/\/127\.0\.0\.1:\d+\//);
  const post = async (path: string, body: unknown): Promise<unknown> =>
    (await fetch(url + path, { method: "POST", body: JSON.stringify(body) })).json();
  return {
    program,
    propose: async (actor, event, options) => await post("propose", { actor, event, options }) as Answered,
    batch: async (calls) => await post("batch", calls) as Answered[],
    async last(calls) {
      await post("last", calls).catch(() => {});
      await program.ended;
    },
    look: async (actor) => await (await fetch(`${url}look?actor=${encodeURIComponent(actor)}`)).json() as Look | null,
    kill: () => killNode(program),
  };
}
