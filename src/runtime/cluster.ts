/** This node among the others: it joins and leaves, asks and is asked, and forgets what is no longer its own. */
import type { Clock } from "../kernel/clock.ts";
import { plainError, StatewrightError } from "../kernel/errors.ts";
import { newId } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import type { LinkServer, NodeLink } from "../messaging/node-link.ts";
import type { Member, NodeRegistry } from "../store/store.ts";
import type { ActorRequestHandlers } from "./actor-requests.ts";
import { Membership } from "./membership.ts";
import { answersNodeRequests } from "./node-requests.ts";
import type { Placement } from "./placement.ts";
import type { RegisteredActor } from "./register.ts";
import type { Residents } from "./residents.ts";
import { Router, type RouterHost } from "./router.ts";
import type { Wakeups } from "./wakeups.ts";

export interface ClusterOptions {
  readonly nodeId: string;
  readonly link: NodeLink | undefined;
  /** The actor types that this node runs. Default: all that are registered. */
  readonly hostTypes: readonly string[] | undefined;
}

export interface ClusterHost {
  readonly registry: NodeRegistry;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registered: ReadonlyMap<string, RegisteredActor>;
  readonly residents: Residents;
  readonly here: ActorRequestHandlers;
  readonly forwarded: RouterHost["forwarded"];
  /** False from when the node stops. */
  takesRequests(): boolean;
  readonly wakeups: Pick<Wakeups, "takesMore" | "takeUp" | "wake" | "doubt">;
  /** The node had to join anew. */
  onTakenForDead(): void;
}

export class Cluster {
  readonly router: Router;
  readonly #host: ClusterHost;
  readonly #link: NodeLink | undefined;
  readonly #address: string | null;
  readonly #types: ReadonlySet<string>;
  readonly #membership: Membership;
  #server: LinkServer | undefined;

  /** @throws StatewrightError `USAGE` for host types that are not registered, or without a link to the others' nodes */
  constructor({ nodeId, link, hostTypes }: ClusterOptions, host: ClusterHost) {
    this.#host = host;
    this.#link = link;
    // Nobody else's, whoever shares the wire, and whatever database they are on.
    this.#address = link === undefined ? null : `node.${newId()}`;
    this.#types = typesToRun(host.registered, hostTypes, link);
    const { clock, logger, registry, here, forwarded } = host;
    const node = { id: nodeId, address: this.#address, types: [...this.#types] };
    this.#membership = new Membership(node, {
      registry,
      clock,
      logger,
      onMembers: (members) => this.#meet(members),
      onTakenForDead: () => {
        host.residents.forget(() => true);
        host.onTakenForDead();
      },
    });
    this.router = new Router({
      clock,
      link,
      here,
      forwarded,
      epoch: () => this.epoch,
      runs: (type) => this.#runs(type),
    });
  }

  get epoch(): number {
    return this.#membership.epoch;
  }

  /** See `Membership.confirm`. */
  confirm(doubted: boolean): Promise<void> {
    return this.#membership.confirm(doubted);
  }

  async join(): Promise<void> {
    const { here, registry, wakeups } = this.#host;
    const answer = answersNodeRequests({
      here,
      takesRequests: () => this.epoch > 0 && this.#host.takesRequests(),
      runs: (type) => this.#runs(type),
      wake: async ({ from, streams, now }) => {
        if (!wakeups.takesMore) throw new StatewrightError("OVERLOADED", "This node has a lot to take up already");
        const rows = await registry.takeOver(this.epoch, from, streams).catch((thrown: unknown) => {
          wakeups.doubt();
          throw thrown;
        });
        wakeups.takeUp(rows, now);
        return rows.map(({ stream }) => stream);
      },
    });
    if (this.#address !== null) this.#server = await this.#link?.serve(this.#address, answer);
    try {
      await this.#membership.join();
    } catch (thrown) {
      await this.leave().catch(() => {});
      throw thrown;
    }
  }

  /** From now on others take what comes for this node's actors. */
  async retire(): Promise<void> {
    try {
      await this.#membership.retire();
    } catch (thrown) {
      // They hear it from the node itself when they ask it.
      this.#host.logger.warn({ error: plainError(thrown) }, "the others could not be told that this node is stopping");
    }
  }

  /** Answers what was asked already, and leaves. */
  async leave(): Promise<void> {
    await this.#server?.close();
    await this.#membership.leave();
  }

  #runs(type: string): boolean {
    if (this.#types.has(type)) return true;
    this.#host.residents.requireRegistered(type);
    return false;
  }

  #meet(members: readonly Member[]): void {
    const { residents, wakeups } = this.#host;
    const before = this.router.placement;
    residents.sweep();
    if (describe(before.members) === describe(members)) return;
    const wasAlone = this.router.isAlone;
    this.router.setMembers(members);
    const { placement, isAlone } = this.router;
    const isOurs = (where: Placement, type: string, stream: string) =>
      where.ownerOf(type, stream)?.epoch === this.epoch;
    residents.forget(({ type }, stream) =>
      isAlone ? !wasAlone : !(wasAlone || isOurs(before, type, stream)) || !isOurs(placement, type, stream)
    );
    wakeups.wake();
  }
}

function describe(members: readonly Member[]): string {
  return members.map(({ epoch, types }) => `${epoch}:${types.join()}`).toSorted().join(";");
}

function typesToRun(
  registered: ReadonlyMap<string, RegisteredActor>,
  hostTypes: readonly string[] = [...registered.keys()],
  link: NodeLink | undefined,
): ReadonlySet<string> {
  const unknown = hostTypes.find((type) => !registered.has(type));
  if (unknown !== undefined) {
    const known = [...registered.keys()].join(", ");
    throw new StatewrightError(
      "USAGE",
      `This node is to run "${unknown}", which is not registered; there are: ${known}`,
    );
  }
  const types = new Set(hostTypes);
  if (types.size < registered.size && link === undefined) {
    const missing = [...registered.keys()].filter((type) => !types.has(type)).join(", ");
    throw new StatewrightError(
      "USAGE",
      `This node is not to run ${missing}, and has no link to a node that does: give it one, or let it run all types`,
    );
  }
  return types;
}
