/** What is committed, as it is committed: one stream for the whole page, handed on at most once a frame. */
import { useEffect, useRef, useState } from "./vendor/hooks.js";

const listeners = new Set();
const watchers = new Set();
/** @type {"connecting" | "live" | "lost"} */
let connection = "connecting";
let waiting = [];

/** Opens the stream. The browser resumes it by itself, from the last id it saw. */
export function startLive() {
  const source = new EventSource("api/stream");
  source.addEventListener("open", () => become("live"));
  source.addEventListener("error", () => {
    become("lost");
    // A refused stream is not tried again by the browser.
    if (source.readyState === EventSource.CLOSED) setTimeout(startLive, 3_000);
  });
  source.addEventListener("log", ({ data }) => hold(JSON.parse(data)));
  source.addEventListener("gap", () => hold({ gap: true }));
}

function hold(entry) {
  if (waiting.length === 0) setTimeout(deliver, 100);
  // Whoever asked for so much at once looks again; the entries themselves are of no use.
  if (waiting.length >= 500) waiting = [{ gap: true }];
  waiting.push(entry);
}

function deliver() {
  const batch = waiting;
  waiting = [];
  for (const listen of listeners) listen(batch);
}

function become(next) {
  if (next === connection) return;
  connection = next;
  for (const watch of watchers) watch(next);
}

/**
 * @param {(batch: { position: number, stream: string, version: number, type: string, state: string, at: number, gap?: boolean }[]) => void} listen
 *   `gap` stands for more than could be handed on: load again
 */
export function useLive(listen) {
  const latest = useRef(listen);
  latest.current = listen;
  useEffect(() => {
    const call = (batch) => latest.current(batch);
    listeners.add(call);
    return () => listeners.delete(call);
  }, []);
}

/** Calls `again` some time after something was committed that `matters`, not more often than `everyMs`. */
export function useRefresh(again, matters = () => true, everyMs = 1_000) {
  const timer = useRef(0);
  useLive((batch) => {
    if (timer.current || !batch.some((entry) => entry.gap || matters(entry))) return;
    timer.current = setTimeout(() => {
      timer.current = 0;
      again();
    }, everyMs);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  const state = useConnection();
  const was = useRef(state);
  useEffect(() => {
    if (state === "live" && was.current === "lost") again();
    was.current = state;
  }, [state]);
}

export function useConnection() {
  const [state, setState] = useState(connection);
  useEffect(() => {
    watchers.add(setState);
    setState(connection);
    return () => watchers.delete(setState);
  }, []);
  return state;
}

/** The time, drawn again every `everyMs`. */
export function useNow(everyMs = 1_000) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
