/** A process of the simulation: it has a clock of its own, and can be stopped for a while or for ever at any moment. */
import type { Clock } from "../../../src/kernel/clock.ts";
import { EPOCH_MS, type World } from "./world.ts";

export class SimProcess implements Clock {
  readonly name: string;
  readonly #world: World;
  readonly #inbox: (() => void)[] = [];
  #phase: "running" | "paused" | "dead" = "running";
  /** How far its wall clock is off. */
  skewMs = 0;

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
  }

  get isRunning(): boolean {
    return this.#phase === "running";
  }

  get isDead(): boolean {
    return this.#phase === "dead";
  }

  now(): number {
    return EPOCH_MS + Math.floor(this.#world.now) + this.skewMs;
  }

  schedule(delayMs: number, run: () => void): () => void {
    let cancelled = false;
    const cancel = this.#world.after(delayMs, () => this.deliver(() => cancelled || run()));
    return () => {
      cancelled = true;
      cancel();
    };
  }

  /** Lets something reach the process: now, when it goes on, or never. */
  deliver(run: () => void): void {
    if (this.#phase === "running") run();
    else if (this.#phase === "paused") this.#inbox.push(run);
  }

  pause(): void {
    if (this.#phase === "running") this.#phase = "paused";
  }

  /** What has come meanwhile comes in now, piece by piece. */
  resume(): void {
    if (this.#phase !== "paused") return;
    this.#phase = "running";
    for (const run of this.#inbox.splice(0)) this.#world.after(0, () => this.deliver(run));
  }

  /** Drops it on the floor: what it has asked for may still happen, and it hears of nothing any more. */
  kill(): void {
    this.#phase = "dead";
    this.#inbox.length = 0;
  }
}
