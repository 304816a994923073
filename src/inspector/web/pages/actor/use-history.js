/** An actor's events, as compact rows, page by page until all are there. */
import { load } from "../../api.js";
import { actorApi } from "../../router.js";
import { useCallback, useEffect, useRef, useState } from "../../vendor/hooks.js";

const PAGE = 2_000;

/** @returns {{ rows: any[], complete: boolean, error: Error | null, more: () => void }} `more` asks for what came since */
export function useHistory(type, id) {
  const [state, setState] = useState({ rows: [], complete: false, error: null });
  const rows = useRef([]);
  const running = useRef(false);
  const over = useRef(false);
  const more = useCallback(async () => {
    if (running.current) return;
    running.current = true;
    try {
      for (;;) {
        const after = rows.current.at(-1)?.version ?? 0;
        const page = await load(`${actorApi(type, id)}/events?after=${after}&limit=${PAGE}`);
        if (over.current) return;
        rows.current = [...rows.current, ...page.items];
        setState({ rows: rows.current, complete: page.next === null, error: null });
        if (page.next === null || page.items.length === 0) return;
      }
    } catch (error) {
      if (!over.current) setState({ rows: rows.current, complete: false, error });
    } finally {
      running.current = false;
    }
  }, []);
  useEffect(() => {
    void more();
    return () => {
      over.current = true;
    };
  }, []);
  return { ...state, more };
}
