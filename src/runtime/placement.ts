/**
 * Which node an actor lives on, by rendezvous hashing: each node that runs its type draws a number from the actor's
 * name and its own, and the highest has it. A node that comes or goes moves only what becomes or was its own.
 * https://en.wikipedia.org/wiki/Rendezvous_hashing
 */
import type { Member } from "../store/store.ts";

interface Candidate {
  readonly member: Member;
  readonly seed: number;
}

export class Placement {
  readonly members: readonly Member[];
  readonly #byType = new Map<string, Candidate[]>();

  constructor(members: readonly Member[]) {
    this.members = members;
    for (const member of members) {
      // By its name, so that a node that was started again gets its actors back.
      const candidate = { member, seed: mix(hashOf(member.id)) };
      for (const type of member.types) this.#byType.set(type, [...this.#byType.get(type) ?? [], candidate]);
    }
  }

  /**
   * The node that an actor lives on; undefined when none runs its type.
   * @param mayBe leaves nodes out
   */
  ownerOf(type: string, stream: string, mayBe: (member: Member) => boolean = () => true): Member | undefined {
    const hash = hashOf(stream);
    let owner: Member | undefined;
    let highest = -1;
    for (const { member, seed } of this.#byType.get(type) ?? []) {
      const drawn = mix(hash ^ seed);
      const isHigher = drawn > highest || (drawn === highest && member.epoch > owner!.epoch);
      if (isHigher && mayBe(member)) [owner, highest] = [member, drawn];
    }
    return owner;
  }
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** MurmurHash3's finalizer: every bit of the input changes half of the output's, 0 to 2^32 - 1. */
function mix(bits: number): number {
  let hash = bits;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
