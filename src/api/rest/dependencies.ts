import type { Clock } from "../../kernel/clock.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { Transaction } from "../../projection/projection.ts";
import type { Projector } from "../../projection/projector.ts";
import type { ActorSystem, ProposalOptions } from "../../runtime/receipt.ts";

export type RequestKey = NonNullable<ProposalOptions["requestKey"]>;

/** What the REST door needs of the rest of the house. */
export interface RestDependencies {
  readonly system: ActorSystem;
  readonly readModels: Transaction;
  readonly projector: Pick<Projector, "reached">;
  /** The first answer to a request key, or undefined when it was not used within its retention of 24 h. */
  findRequest(key: Pick<RequestKey, "principal" | "operation" | "key">): Promise<AnsweredRequest | undefined>;
  /** What is still missing before traffic makes sense, a sentence each; none means ready. */
  notReady(): Promise<readonly string[]>;
  /** The books of the demo payment provider, when there is one. */
  readonly demoCharges?: () => Promise<readonly object[]>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface AnsweredRequest {
  /** The stream of the actor that the request created or changed. */
  readonly stream: string;
  /** Where that stream stood after it. */
  readonly version: number;
  readonly requestHash: string;
}
