/** The wire between the nodes: requests are lost, late, doubled, or not let through at all. */
import { StatewrightError } from "../../../src/kernel/errors.ts";
import type { NodeLink } from "../../../src/messaging/node-link.ts";
import type { SimProcess } from "./sim-process.ts";
import type { Weather } from "./weather.ts";
import { callOver, latencyMs } from "./wire.ts";
import type { World } from "./world.ts";

interface Server {
  readonly process: SimProcess;
  readonly handle: (request: string) => Promise<string>;
}

export class SimNetwork {
  readonly #world: World;
  readonly #weather: Weather;
  readonly #servers = new Map<string, Server>();
  /** Pairs of processes that do not reach each other, by their names. */
  readonly #cut = new Set<string>();

  constructor(world: World, weather: Weather) {
    this.#world = world;
    this.#weather = weather;
  }

  cut(one: string, other: string): void {
    this.#cut.add([one, other].sort().join(" "));
  }

  mend(): void {
    this.#cut.clear();
  }

  /** The wire as one process holds it. */
  linkOf(process: SimProcess): NodeLink {
    const world = this.#world;
    const chance = world.chance(`link of ${process.name}`);
    return {
      serve: async (address, handle) => {
        this.#servers.set(address, { process, handle });
        return { close: async () => void this.#servers.delete(address) };
      },
      request: (address, request, timeoutMs) => {
        const server = this.#servers.get(address);
        const [lost, replyLost, doubled, slow] = [chance.next(), chance.next(), chance.next(), chance.next()];
        world.trace(`${process.name} asks ${server?.process.name} ${what(request)}`);
        const isSlow = this.#weather.strikes("linkSlow", slow);
        const [thereMs, backMs] = [latencyMs(chance, isSlow), latencyMs(chance, false)];
        const isCut = server !== undefined && this.#cut.has([process.name, server.process.name].sort().join(" "));
        if (isCut) world.count("link cut");
        const travels = {
          thereMs,
          backMs,
          lost: server === undefined || isCut || this.#weather.strikes("linkLost", lost),
          replyLost: this.#weather.strikes("linkReplyLost", replyLost),
          ...(server === undefined && { onLost: () => new StatewrightError("UNAVAILABLE", `Nobody is at ${address}`) }),
        };
        const ask = () =>
          new Promise<string>((resolve, reject) => {
            server!.process.deliver(() => void server!.handle(request).then(resolve, reject));
          });
        if (!travels.lost && this.#weather.strikes("linkDuplicated", doubled)) {
          world.after(thereMs + latencyMs(chance, true), () => void ask().catch(() => {}));
        }
        return withinTime(process, timeoutMs, callOver(world, process, travels, ask));
      },
    };
  }
}

function withinTime<Answer>(process: SimProcess, timeoutMs: number, work: Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const late = new StatewrightError("DEADLINE_EXCEEDED", `No answer within ${timeoutMs} ms`);
    const cancel = process.schedule(timeoutMs, () => reject(late));
    work.then(resolve, reject).finally(cancel);
  });
}

function what(request: string): string {
  const { name = "wake", to } = JSON.parse(request) as { name?: string; to?: { type: string; id: string } };
  return to === undefined ? name : `${name} ${to.type}/${to.id}`;
}
