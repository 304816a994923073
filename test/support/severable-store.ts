/** A store that a runtime can be cut off from, as if its process had died: what it asks afterwards is never answered. */
import type { AppendRun, Store } from "../../src/store/store.ts";

export interface Severable {
  readonly store: Store;
  /** Calls that are under way may still take effect, but nobody hears of it. */
  sever(): void;
  /** Cuts off once that stream has been appended to, before anybody hears of it. Resolves then. */
  severAfterAppendTo(stream: string): Promise<void>;
}

export function severable(store: Store): Severable {
  let severed = false;
  let last: { readonly stream: string; readonly over: () => void } | undefined;
  const never = () => new Promise<never>(() => {});
  const cut = Object.entries(store).map(([name, member]: [string, unknown]) => {
    if (typeof member !== "function") return [name, member];
    const call = (...args: unknown[]) => {
      if (severed) return never();
      const answer: unknown = member.apply(store, args);
      return Promise.resolve(answer).then((value) => {
        const runs = name === "append" ? args[1] as AppendRun[] : [];
        if (last !== undefined && runs.some(({ stream, events }) => stream === last?.stream && events.length > 0)) {
          severed = true;
          last.over();
        }
        return severed ? never() : value;
      });
    };
    return [name, call];
  });
  return {
    store: Object.fromEntries(cut),
    sever: () => void (severed = true),
    severAfterAppendTo: (stream) => new Promise((over) => last = { stream, over }),
  };
}
