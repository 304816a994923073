/**
 * The broker of a simulation: a stream with JetStream's rules (expected last sequence and message id, one message an id
 * within a window), in front of it the very publisher that feeds the real one. It can go away, and it can forget.
 */
import type { NatsConnection } from "@nats-io/transport-node";
import { StatewrightError } from "../../../src/kernel/errors.ts";
import { silentLogger } from "../../../src/kernel/logger.ts";
import { noMetrics } from "../../../src/kernel/metrics.ts";
import type { Bus, FeedEvent, Retained } from "../../../src/messaging/bus.ts";
import { FeedPublisher } from "../../../src/messaging/jetstream/feed-publisher.ts";
import type { SimProcess } from "./sim-process.ts";
import type { Weather } from "./weather.ts";
import { callOver, latencyMs } from "./wire.ts";
import type { World } from "./world.ts";

const DUPLICATE_WINDOW_MS = 120_000;
const ENDS_ELSEWHERE = { sequence: 10_071, id: 10_070 };

interface Message {
  readonly id: string;
  readonly position: number;
}

type Answer = { readonly seq: number; readonly duplicate?: boolean } | { readonly error: object };

export class SimBroker {
  readonly #world: World;
  readonly #weather: Weather;
  readonly #listeners = new Set<(message: Message) => void>();
  #messages: Message[] = [];
  /** When each id was taken, and as which. */
  #known = new Map<string, { readonly at: number; readonly seq: number }>();
  #incarnation = 1;
  isAway = false;

  constructor(world: World, weather: Weather) {
    this.#world = world;
    this.#weather = weather;
  }

  /** What it keeps, as positions of the log. */
  get kept(): readonly Message[] {
    return this.#messages;
  }

  /** It comes back with an older copy of its disk, or with none. */
  forget(share: number): void {
    this.#messages = this.#messages.slice(0, Math.floor(this.#messages.length * (1 - share)));
    this.#known = new Map([...this.#known].filter(([, { seq }]) => seq <= this.#messages.length));
    if (share === 1) {
      this.#incarnation++;
      this.#known.clear();
    }
  }

  retained(): Retained {
    const last = this.#messages.at(-1);
    return { incarnation: `${this.#incarnation}`, taken: this.#messages.length, last, keptForMs: 0 };
  }

  store(head: string): Answer {
    const header = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(head)?.[1]?.trim();
    const [id, position] = [header("Nats-Msg-Id")!, Number(header("ce-position"))];
    const before = this.#known.get(id);
    const isKnown = before !== undefined && this.#world.now - before.at < DUPLICATE_WINDOW_MS;
    if (isKnown) this.#world.count("feed took a message twice");
    if (isKnown) return { seq: before.seq, duplicate: true };
    const [afterSequence, afterId] = [header("Nats-Expected-Last-Sequence"), header("Nats-Expected-Last-Msg-Id")];
    if (afterSequence !== undefined && Number(afterSequence) !== this.#messages.length) return this.#refuse("sequence");
    if (afterId !== undefined && afterId !== this.#messages.at(-1)?.id) return this.#refuse("id");
    this.#messages.push({ id, position });
    this.#known.set(id, { at: this.#world.now, seq: this.#messages.length });
    for (const listener of this.#listeners) listener({ id, position });
    return { seq: this.#messages.length };
  }

  #refuse(why: keyof typeof ENDS_ELSEWHERE): Answer {
    this.#world.count("feed ends elsewhere");
    return { error: { err_code: ENDS_ELSEWHERE[why], description: `wrong last ${why}` } };
  }

  /** The bus as one process holds it. */
  busOf(process: SimProcess): Bus {
    const [world, weather] = [this.#world, this.#weather];
    const chance = world.chance(`bus of ${process.name}`);
    const retained = () => this.#ask(process, chance, () => this.retained());
    const publisher = new FeedPublisher({
      client: () => this.#clientOf(process, chance),
      end: retained,
      logger: silentLogger,
      skipped: noMetrics.counter("skipped", ""),
    });
    return {
      description: "simulated",
      reach: "cluster",
      publish: (events, after) => publisher.publish(events, after),
      subscribe: async (handle) => {
        const hear = ({ id, position }: Message) => {
          if (this.isAway || weather.strikes("feedLost", chance.next())) return;
          const times = weather.strikes("feedDuplicated", chance.next()) ? 2 : 1;
          for (let n = 0; n < times; n++) {
            world.after(latencyMs(chance, n > 0), () => process.deliver(() => handle(eventOf(id, position))));
          }
        };
        this.#listeners.add(hear);
        return { close: () => void this.#listeners.delete(hear) };
      },
      retained: async () => {
        const end = await retained();
        publisher.standsAt(end);
        return end;
      },
      ping: async () => {},
      close: async () => {},
    };
  }

  /** As much of a connection as the publisher uses. What is sent over one arrives in its order. */
  #clientOf(process: SimProcess, chance: ReturnType<World["chance"]>): NatsConnection {
    const wireMs = latencyMs(chance, false);
    const sent: string[] = [];
    const headOf = (options: unknown) => {
      const { headers } = options as { headers: { encode(): Uint8Array } };
      return new TextDecoder().decode(headers.encode());
    };
    const request = async (_subject: string, _data: unknown, options: unknown) => {
      const batch = [...sent.splice(0), headOf(options)];
      const answer = await this.#ask(process, chance, () => {
        const isLost = batch.map(() => this.#weather.strikes("feedLost", chance.next() * batch.length));
        return batch.map((head, i) => isLost[i] ? undefined : this.store(head)).at(-1);
      }, wireMs);
      if (answer === undefined) throw timeout();
      return { json: () => answer };
    };
    const publish = (_subject: string, _data: unknown, options: unknown) => void sent.push(headOf(options));
    return { publish, request, info: { max_payload: 1_048_576 } } as unknown as NatsConnection;
  }

  #ask<Result>(
    process: SimProcess,
    chance: ReturnType<World["chance"]>,
    work: () => Result,
    thereMs = latencyMs(chance, false),
  ): Promise<Result> {
    const [lost, replyLost] = [chance.next(), chance.next()];
    return callOver(this.#world, process, {
      thereMs,
      backMs: latencyMs(chance, false),
      lost: this.isAway || this.#weather.strikes("feedLost", lost),
      replyLost: this.#weather.strikes("feedReplyLost", replyLost),
      onLost: timeout,
    }, async () => work());
  }
}

const timeout = () => new StatewrightError("UNAVAILABLE", "The broker does not answer");

/** What a hint says: which event there is. */
function eventOf(id: string, position: number): FeedEvent {
  const slash = id.lastIndexOf("/");
  const [stream, version] = [id.slice(0, slash), Number(id.slice(slash + 1))];
  return { position, stream, version, type: "", data: "{}", metadata: "{}", state: "", recordedAt: 0 };
}
