import type { ActorRef } from "../kernel/ids.ts";
import type { EventLog, StoredSnapshot } from "../store/store.ts";
import type { Appender } from "./appender.ts";
import type { OpenEffect } from "./effects.ts";
import type { RegisteredActor } from "./register.ts";
import type { SnapshotFlaw } from "./state-snapshot.ts";

/** An actor, as its node sees it when it calls. */
export interface HostedActor {
  readonly ref: ActorRef;
  readonly stream: string;
  readonly registered: RegisteredActor;
  /** Writes the waiting row, unless an event has done so meanwhile. */
  flush(): void;
}

/** What an actor needs of the node it lives on. */
export interface ActorHost {
  readonly log: Pick<EventLog, "load" | "findMessage" | "readAll">;
  snapshotIgnored(flaw: SnapshotFlaw): void;
  readonly appender: Appender;
  epoch(): number;
  /** True while another node lives under that epoch, as far as this one knows. */
  livesElsewhere(epoch: number): boolean;
  /** Makes sure that the epoch is not over: somebody else has written what this node took for its own. */
  confirmEpoch(): Promise<void>;
  /** After a commit: start what is open and not under way yet, stop what was closed. */
  committed(actor: HostedActor, open: readonly OpenEffect[], closed: readonly string[]): void;
  /** Keeps a snapshot, when it can. */
  saveSnapshot(snapshot: StoredSnapshot): void;
  /** The actor's waiting row shows what is not open any more; ask it to `flush` before long. */
  flushSoon(actor: HostedActor): void;
}
