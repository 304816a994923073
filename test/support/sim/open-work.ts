/**
 * Once all has healed, no work is open for long. At the end of a run it is too late to ask: whoever waited for it has run
 * out of time by then, and what that led to has closed it.
 */
import { isWork, type OpenEffectNote } from "../../../src/runtime/effects.ts";
import type { Store } from "../../../src/store/store.ts";
import type { World } from "./world.ts";

/** By then the dead are taken for dead, what could not be woken is tried again, and who stops too slowly is killed. */
const DONE_WITHIN_MS = 90_000;
const LOOK_EVERY_MS = 5_000;
const MANY = 1_000;

export function watchOpenWork(world: World, store: Pick<Store, "standing">): void {
  /** What was open at the last look, and since when. */
  let openSince = new Map<string, number>();

  const look = async () => {
    const open = (await store.standing({ limit: MANY })).flatMap(({ stream, open }) =>
      (JSON.parse(open ?? "[]") as OpenEffectNote[]).filter(isWork)
        .map(({ effect, kind, what }) => `the ${kind} ${stream}/${effect} (${what})`)
    );
    openSince = new Map(open.map((work) => [work, openSince.get(work) ?? world.now]));
    const late = [...openSince].find(([, since]) => world.now - since > DONE_WITHIN_MS);
    if (late) world.mishap("no work is open for long", `${late[0]} is, for ${DONE_WITHIN_MS} ms since all has healed`);
    else world.after(LOOK_EVERY_MS, () => void look());
  };
  void look();
}
