/** Keys by page: what is pressed while nothing is being typed. `?` lists them. */
import { useEffect, useRef } from "./vendor/hooks.js";

/** @type {Set<{ current: Record<string, [label: string, run: (press: KeyboardEvent) => void]> }>} */
const maps = new Set();

/**
 * @param {Record<string, [string, (press: KeyboardEvent) => void]>} map `KeyboardEvent.key` → what it does, in words and
 *   deed. The map that came last goes first.
 */
export function useKeys(map) {
  const latest = useRef(map);
  latest.current = map;
  useEffect(() => {
    maps.add(latest);
    return () => maps.delete(latest);
  }, []);
}

/** All keys that work now, for the list. @returns {[key: string, label: string][]} */
export const knownKeys = () =>
  [...maps].flatMap(({ current }) => Object.entries(current).map(([key, [label]]) => [key, label]));

export function startKeys() {
  addEventListener("keydown", (press) => {
    if (press.defaultPrevented || press.altKey) return;
    const chord = press.metaKey || press.ctrlKey ? `mod+${press.key.toLowerCase()}` : press.key;
    if (!chord.startsWith("mod+") && isTyping(press)) return;
    for (const { current } of [...maps].reverse()) {
      const found = current[chord];
      if (!found) continue;
      press.preventDefault();
      found[1](press);
      return;
    }
  });
}

/** Text goes where the caret is; arrows belong to whoever moves by them. */
function isTyping({ target, key }) {
  if (document.querySelector("dialog[open]")) return true;
  if (target.closest?.("input:not([type=range]), textarea, select, [contenteditable]")) return true;
  const moves = key.startsWith("Arrow") || key === "Home" || key === "End";
  return moves && target.closest?.("[role=tablist], [role=separator], [role=tree]") !== null;
}
