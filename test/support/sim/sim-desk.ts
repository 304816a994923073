/** How people reach the nodes: whichever is open, and a call may never be answered. What they have heard is kept. */
import { StatewrightError } from "../../../src/kernel/errors.ts";
import type { MachineEvent } from "../../../src/runtime/machine-event.ts";
import type { ActorSnapshot, ProposalOptions, Receipt } from "../../../src/runtime/receipt.ts";
import type { AnsweredRequest } from "../../invariants/books.ts";
import type { Chance } from "./chance.ts";
import type { SimCluster } from "./sim-cluster.ts";
import type { SimNode } from "./sim-node.ts";
import type { World } from "./world.ts";

const PATIENCE_MS = 9_000;

/** An answer that names an event, as it was given. */
export interface Claim {
  readonly stream: string;
  readonly version: number;
  readonly state: string;
  /** The event's type, when the answer was about one. */
  readonly type: string | undefined;
}

export class SimDesk {
  readonly #world: World;
  readonly #cluster: SimCluster;
  readonly #chance: Chance;
  readonly requests: AnsweredRequest[] = [];
  readonly claims: Claim[] = [];
  /** The highest version that anybody was told, by stream. */
  readonly #told = new Map<string, number>();

  constructor(world: World, cluster: SimCluster) {
    this.#world = world;
    this.#cluster = cluster;
    this.#chance = world.chance("desk");
  }

  /** Asks some node. Rejects when it does, or says nothing for long. */
  ask<Answer>(work: (node: SimNode) => Promise<Answer>): Promise<Answer> {
    const node = this.#chance.pick(this.#cluster.open);
    return new Promise((resolve, reject) => {
      const [thereMs, backMs] = [1 + 2 * this.#chance.next(), 1 + 2 * this.#chance.next()];
      this.#world.after(PATIENCE_MS, () => reject(new StatewrightError("DEADLINE_EXCEEDED", "No answer")));
      if (node === undefined) return reject(new StatewrightError("UNAVAILABLE", "Nobody is open"));
      const back = (answer: () => void) => void this.#world.after(backMs, answer);
      this.#world.after(thereMs, () =>
        node.process.deliver(() => {
          work(node).then((value) => back(() => resolve(value)), (thrown: unknown) => back(() => reject(thrown)));
        }));
    });
  }

  /**
   * Proposes under one message id until there is an answer.
   * @returns the last receipt, or undefined when nobody has answered in so many tries
   */
  async propose(
    type: string,
    id: string,
    event: MachineEvent,
    { tries = 1_000, ...options }: ProposalOptions & { readonly messageId: string; readonly tries?: number },
  ): Promise<Receipt | undefined> {
    const { messageId } = options;
    let isDoubtful = false;
    for (let n = 1; n <= tries; n++) {
      try {
        const receipt = await this.ask(({ runtime }) => runtime.actor(type, id).propose(event, options));
        this.#heard(receipt, event.type, messageId, isDoubtful);
        if (receipt.outcome !== "refused" && this.#chance.hits(0.25)) this.#repeat(type, id, event, options, receipt);
        return receipt;
      } catch (thrown) {
        isDoubtful = true;
        this.#world.count(`answer ${StatewrightError.from(thrown).code}`);
        await this.#world.sleep(this.#chance.int(100, 2_000));
      }
    }
    this.requests.push({ messageId, outcome: "unknown" });
    return undefined;
  }

  #heard(receipt: Receipt, type: string, messageId: string, isDoubtful: boolean): void {
    if (receipt.outcome === "refused") {
      this.requests.push({ messageId, outcome: isDoubtful ? "unknown" : "refused" });
      return;
    }
    this.requests.push({ messageId, outcome: "acknowledged" });
    const { actor, version, state } = receipt;
    this.note({ stream: `${actor.type}/${actor.id}`, version, state, type });
  }

  note(claim: Claim): void {
    this.claims.push(claim);
    this.#told.set(claim.stream, Math.max(this.#told.get(claim.stream) ?? 0, claim.version));
  }

  /** Later the same again: it must be answered as it was. */
  #repeat(type: string, id: string, event: MachineEvent, options: ProposalOptions, first: Receipt): void {
    this.#world.after(this.#chance.int(0, 8_000), () => {
      this.ask(({ runtime }) => runtime.actor(type, id).propose(event, options)).then((again) => {
        this.#world.count("request repeated");
        if (again.outcome === "duplicate" && again.version === first.version) return;
        this.#world.mishap(
          "a repeat is answered as before",
          `it is answered with ${JSON.stringify(again)} after ${JSON.stringify(first)}`,
        );
      }, () => {});
    });
  }

  /** Looks at an actor. What anybody was told before must be in it. */
  async look(type: string, id: string): Promise<ActorSnapshot | undefined> {
    const stream = `${type}/${id}`;
    const told = this.#told.get(stream) ?? 0;
    let isUnaware = false;
    const seen = await this.ask((node) => {
      isUnaware = this.#cluster.isUnaware(node);
      return node.runtime.actor(type, id).snapshot();
    });
    if ((seen?.version ?? 0) < told && !isUnaware) {
      this.#world.mishap(
        "who was told of an event sees it",
        `${stream} is shown at version ${seen?.version}, after somebody was told of ${told}`,
      );
    }
    if (seen) this.note({ stream, version: seen.version, state: seen.state, type: undefined });
    return seen;
  }
}
