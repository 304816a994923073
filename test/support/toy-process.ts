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

export async function startToyProcess(databaseUrl: string, options: ToyNodeOptions): Promise<ToyProcess> {
  const program = runProgram("test/support/toy-node.ts", {
    args: [JSON.stringify(options)],
    env: { DATABASE_URL: databaseUrl },
  });
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
    async kill() {
      program.kill("SIGKILL");
      await program.ended;
    },
  };
}
