/** What is known of an actor at a version; the neighbours are fetched ahead, so that a step shows at once. */
import { kept, load, useLoad } from "../../api.js";
import { actorApi } from "../../router.js";
import { useEffect } from "../../vendor/hooks.js";

export function useMoment({ type, id, version, latest }) {
  const path = (n) => `${actorApi(type, id)}/at/${n}`;
  // Only the newest moment can still change: its messages are delivered one after the other.
  const moment = useLoad(version > 0 ? path(version) : null, { fixed: version < latest });
  useEffect(() => {
    if (moment.pending || version === 0) return;
    const timer = setTimeout(() => {
      for (const near of [version - 1, version + 1, version + 2]) {
        if (near >= 1 && near <= latest && kept(path(near)) === undefined) load(path(near)).catch(() => {});
      }
    }, 30);
    return () => clearTimeout(timer);
  }, [moment.pending, version, latest]);
  return moment;
}
