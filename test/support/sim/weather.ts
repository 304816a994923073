/** What goes wrong in a run: drawn from its seed, so that each run has troubles of its own, and gone once all heals. */
import type { World } from "./world.ts";

/** The kinds of trouble, with how often it comes where it comes at all. Each run draws which it has, and how much. */
const TROUBLES = {
  /** A call of the store that never arrives, or whose answer never does. */
  storeLost: 0.04,
  storeReplyLost: 0.04,
  storeSlow: 0.03,
  /** The answer that says what was claimed. */
  claimReplyLost: 0.3,
  /** The commit's request, or its answer. */
  appendLost: 0.05,
  appendReplyLost: 0.06,
  /** The database has heard it, and says no: a lock was not free in time. */
  appendRefused: 0.1,
  hintLost: 0.3,
  linkLost: 0.08,
  linkReplyLost: 0.08,
  linkDuplicated: 0.08,
  linkSlow: 0.05,
  feedLost: 0.1,
  feedReplyLost: 0.1,
  feedDuplicated: 0.1,
  providerFails: 0.2,
  providerSilent: 0.15,
  providerReplyLost: 0.2,
  providerLate: 0.15,
  providerAskedTwice: 0.15,
} as const;

/** What befalls whole parts of the system, and about how often (ms between two). */
const DISRUPTIONS = {
  crash: 9_000,
  restart: 20_000,
  pause: 9_000,
  zombie: 40_000,
  partition: 8_000,
  clockJump: 12_000,
  storeOutage: 25_000,
  brokerOutage: 15_000,
  brokerAmnesia: 20_000,
  providerOutage: 40_000,
  flood: 90_000,
} as const;

export type Trouble = keyof typeof TROUBLES;
export type Disruption = keyof typeof DISRUPTIONS;
export const FAULTS = [...Object.keys(TROUBLES), ...Object.keys(DISRUPTIONS)] as readonly (Trouble | Disruption)[];

/**
 * The share of the kinds that a run has, and how often these come. With all of them at once, one heals what another has
 * broken: after a lost answer a node looks at everything again. So half of the runs have few kinds, and much of them.
 */
const MIXTURES = [
  { share: 0.6, factor: 1 },
  { share: 0.6, factor: 1 },
  { share: 0.25, factor: 2 },
  { share: 0.1, factor: 3 },
] as const;

export class Weather {
  readonly #world: World;
  readonly #rates = new Map<string, number>();
  #isCalm = true;

  /** @param without the faults that the run shall not have */
  constructor(world: World, without: ReadonlySet<string>) {
    this.#world = world;
    const { share, factor } = world.chance("weather").pick(MIXTURES)!;
    const kinds = [
      ...Object.entries(TROUBLES).map(([name, rate]) => [name, rate * factor] as const),
      ...Object.entries(DISRUPTIONS).map(([name, pauseMs]) => [name, pauseMs / factor] as const),
    ];
    for (const [name, usual] of kinds) {
      // Each by itself, so that neither a new kind nor one that is left out changes the others.
      const chance = world.chance(`weather ${name}`);
      const drawn = chance.hits(share) ? usual * (0.2 + 1.2 * chance.next()) : 0;
      this.#rates.set(name, without.has(name) ? 0 : drawn);
    }
  }

  storm(): void {
    this.#isCalm = false;
  }

  calm(): void {
    this.#isCalm = true;
  }

  get isCalm(): boolean {
    return this.#isCalm;
  }

  /** Whether that trouble comes now. @param drawn a number in [0, 1) */
  strikes(trouble: Trouble, drawn: number): boolean {
    const strikes = !this.#isCalm && drawn < this.#rates.get(trouble)!;
    if (strikes) this.note(trouble);
    return strikes;
  }

  /** About how many ms pass between two of that kind; undefined: there is none in this run. */
  pauseOf(disruption: Disruption): number | undefined {
    return this.#rates.get(disruption) || undefined;
  }

  note(fault: Trouble | Disruption): void {
    this.#world.count(`fault ${fault}`);
    this.#world.trace(`fault ${fault}`);
  }
}
