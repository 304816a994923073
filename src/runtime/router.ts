/**
 * Where what is asked of an actor goes: to the node that the actor lives on.
 *
 * Invariants:
 *  1. A node that is asked by another one answers itself: nothing goes round in circles.
 *  2. Where an actor is handled decides about speed only. Two nodes that see the cluster differently may both handle it:
 *     the store lets one of them write, and the other starts again from what is stored.
 *  3. A node that does not answer is passed over for a while, and what it was asked is asked elsewhere, in the end here.
 *     It may have been heard; hence only what may be repeated is asked.
 */
import type { Clock } from "../kernel/clock.ts";
import { StatewrightError } from "../kernel/errors.ts";
import { type ActorRef, newId, refOf, streamOf } from "../kernel/ids.ts";
import type { CounterMetric } from "../kernel/metrics.ts";
import type { NodeLink } from "../messaging/node-link.ts";
import type { Member, WaitingRow } from "../store/store.ts";
import { type ActorRequestHandlers, type ActorRequests, type RequestName, unpackAnswer } from "./actor-requests.ts";
import { errorOf, fits, type NodeAnswer, type NodeRequest } from "./node-requests.ts";
import { Placement } from "./placement.ts";
import type { Proposal, Receipt } from "./receipt.ts";

/** How long an answer may take; after it the question is asked elsewhere. */
const ANSWER_WITHIN_MS = 4_000;
/** The other node only takes its claims over before it answers. */
const WAKE_WITHIN_MS = 1_000;
/** How long a node that did not answer is passed over. */
const PASS_OVER_MS = 5_000;
/** Nodes that are asked at most, one after the other. */
const MAX_ASKED = 3;
const RETRY_AFTER_MS = 1_000;

export interface RouterHost {
  readonly clock: Clock;
  readonly link: NodeLink | undefined;
  /** Answers what is handled here. */
  readonly here: ActorRequestHandlers;
  /** By result: answered, failed, elsewhere, tooLarge, unreachable. */
  readonly forwarded: CounterMetric;
  epoch(): number;
  /** True for the actor types that this node runs. @throws StatewrightError `NOT_FOUND` for one that is not registered */
  runs(type: string): boolean;
}

export class Router {
  readonly #host: RouterHost;
  #placement = new Placement([]);
  #isAlone = true;
  /** Nodes that did not answer, with the local time until which they are not asked. */
  readonly #passedOver = new Map<number, number>();

  constructor(host: RouterHost) {
    this.#host = host;
  }

  get placement(): Placement {
    return this.#placement;
  }

  /** True while no other node is known to live. */
  get isAlone(): boolean {
    return this.#isAlone;
  }

  /** @param members all that live, this node among them */
  setMembers(members: readonly Member[]): void {
    this.#placement = new Placement(members);
    this.#isAlone = members.every(({ epoch }) => epoch === this.#host.epoch());
    for (const epoch of this.#passedOver.keys()) {
      if (members.every((member) => member.epoch !== epoch)) this.#passedOver.delete(epoch);
    }
  }

  /** As `ask`, with a message id, without which a proposal could not be repeated. */
  propose(to: ActorRef, proposal: Proposal, sentAt?: number): Promise<Receipt> {
    if (this.#isAlone || proposal.messageId !== undefined) return this.ask(to, "propose", { proposal, sentAt });
    return this.#proposeRepeatably(to, proposal, sentAt);
  }

  async #proposeRepeatably(to: ActorRef, proposal: Proposal, sentAt: number | undefined): Promise<Receipt> {
    const receipt = await this.ask(to, "propose", { proposal: { ...proposal, messageId: newId() }, sentAt });
    // Nobody but this very call knows that id.
    return receipt.outcome === "duplicate" ? { ...receipt, outcome: "accepted" } : receipt;
  }

  /**
   * Asks the actor on the node that it lives on.
   * @throws StatewrightError `UNAVAILABLE` when no node that can be reached runs the type
   */
  ask<Name extends RequestName>(
    to: ActorRef,
    name: Name,
    asked: ActorRequests[Name]["asked"],
  ): Promise<ActorRequests[Name]["answer"]> {
    if (this.#isAlone && this.#host.runs(to.type)) return this.#host.here[name](to, asked);
    return this.#askSomewhere(to, name, asked);
  }

  async #askSomewhere<Name extends RequestName>(
    to: ActorRef,
    name: Name,
    asked: ActorRequests[Name]["asked"],
  ): Promise<ActorRequests[Name]["answer"]> {
    const stream = streamOf(to);
    const runsHere = this.#host.runs(to.type);
    for (let n = 0; n < MAX_ASKED; n++) {
      const owner = this.#nodeFor(to.type, stream);
      if (owner === undefined) break;
      const answer = await this.#request(owner, { kind: "actor", to, name, asked }, ANSWER_WITHIN_MS);
      if (answer.outcome === "answered") return unpackAnswer(name, answer.answer);
      if (answer.outcome === "failed") throw errorOf(answer);
      if (answer.outcome === "tooLarge") break;
    }
    if (runsHere) return this.#host.here[name](to, asked);
    throw new StatewrightError("UNAVAILABLE", `No node that runs "${to.type}" can be reached; try again`, {
      retryAfterMs: RETRY_AFTER_MS,
    });
  }

  /**
   * Hands claimed actors on to the nodes that they live on.
   * @param now by the store's clock, when their timers are due; null when they have work to be taken up
   * @returns those that are to be handled here
   */
  async handOn(rows: readonly WaitingRow[], now: number | null): Promise<readonly WaitingRow[]> {
    if (this.#isAlone || rows.length === 0) return rows;
    const byOwner = Map.groupBy(rows, ({ stream }) => this.#nodeFor(refOf(stream).type, stream));
    const here = [...byOwner].map(async ([owner, theirs]) => {
      if (owner === undefined) return theirs;
      const streams = theirs.map(({ stream }) => stream);
      const request: NodeRequest = { kind: "wake", from: this.#host.epoch(), streams, now };
      const answer = await this.#request(owner, request, WAKE_WITHIN_MS);
      const taken = new Set(answer.outcome === "answered" ? answer.answer as string[] : []);
      return theirs.filter(({ stream }) => !taken.has(stream));
    });
    return (await Promise.all(here)).flat();
  }

  /** The other node that is to be asked; undefined when it is this one, or none. */
  #nodeFor(type: string, stream: string): Member | undefined {
    const epoch = this.#host.epoch();
    const owner = this.#placement.ownerOf(type, stream, (member) => member.epoch === epoch || this.#mayAsk(member));
    return owner?.epoch === epoch ? undefined : owner;
  }

  #mayAsk({ epoch, address }: Member): boolean {
    if (this.#host.link === undefined || address === null) return false;
    return this.#passedOver.size === 0 || (this.#passedOver.get(epoch) ?? -Infinity) <= this.#host.clock.now();
  }

  async #request(to: Member, request: NodeRequest, withinMs: number): Promise<NodeAnswer> {
    const answer = await this.#carry(to, JSON.stringify(request), withinMs);
    this.#host.forwarded.add(1, { result: answer.outcome });
    if (answer.outcome === "elsewhere" || answer.outcome === "unreachable") {
      this.#passedOver.set(to.epoch, this.#host.clock.now() + PASS_OVER_MS);
    }
    return answer;
  }

  async #carry({ address }: Member, text: string, withinMs: number): Promise<NodeAnswer> {
    if (!fits(text)) return { outcome: "tooLarge" };
    try {
      return JSON.parse(await this.#host.link!.request(address!, text, withinMs)) as NodeAnswer;
    } catch {
      return { outcome: "unreachable" };
    }
  }
}
