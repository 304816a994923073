import type { Clock } from "../../kernel/clock.ts";
import type { Lease, Leases } from "../leases.ts";

/** Leases in memory. */
export function createMemoryLeases(clock: Clock): Leases {
  const leases = new Map<string, { lease: Lease; readonly holder: string; heldUntil: number }>();
  return {
    async acquireLease(name, holder, ttlMs) {
      const held = leases.get(name);
      if (held !== undefined && held.holder !== holder && held.heldUntil > clock.now()) return undefined;
      const lease = { name, token: 0, position: 0, note: null, ...held?.lease };
      lease.token++;
      leases.set(name, { lease, holder, heldUntil: clock.now() + ttlMs });
      return lease;
    },
    async advanceLease({ name, token, position }, to, ttlMs) {
      const held = leases.get(name);
      if (held === undefined || held.lease.token !== token || held.lease.position !== position) return undefined;
      held.lease = { name, token, ...to };
      held.heldUntil = clock.now() + ttlMs;
      return held.lease;
    },
    async releaseLease({ name, token }) {
      const held = leases.get(name);
      if (held?.lease.token === token) held.heldUntil = -Infinity;
    },
    async leasedPosition(name) {
      return leases.get(name)?.lease.position;
    },
  };
}
