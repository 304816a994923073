/** The inspector's JSON API: answers are kept, shown at once, and asked for again with their ETag by the browser. */
import { useCallback, useEffect, useRef, useState } from "./vendor/hooks.js";

const KEPT = 200;
/** path → answer, the least recently used first. */
const answers = new Map();
const underWay = new Map();

/** What went wrong, in the words of the problem document. */
export class Problem extends Error {
  constructor({ title, detail, status, code, errors, allowed }) {
    super(detail ?? title);
    Object.assign(this, { title, status, code, errors: errors ?? [], allowed: allowed ?? [] });
  }
}

const NO_ANSWER = {
  title: "The server does not answer",
  detail: "It may be restarting; this is tried again.",
  status: 0,
};

/** @param {string} path below `api/` @returns {Promise<unknown>} JSON, or text when the answer is text */
export function load(path) {
  const running = underWay.get(path);
  if (running) return running;
  const asked = ask(path, { headers: { accept: "application/json, image/svg+xml, text/plain" } })
    .then((answer) => {
      answers.delete(path);
      answers.set(path, answer);
      if (answers.size > KEPT) answers.delete(answers.keys().next().value);
      return answer;
    })
    .finally(() => underWay.delete(path));
  underWay.set(path, asked);
  return asked;
}

/** What an earlier `load` of this path answered. */
export const kept = (path) => answers.get(path);

/** Writes. @param {string} path below `api/` @param {object} body */
export function send(path, body) {
  return ask(path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-inspector": "1" },
    body: JSON.stringify(body),
  });
}

async function ask(path, init) {
  const response = await fetch(`api/${path}`, init).catch(() => {
    throw new Problem(NO_ANSWER);
  });
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  const body = isJson ? await response.json() : await response.text();
  if (response.ok) return body;
  throw new Problem(
    isJson ? body : { title: "The server failed", detail: response.statusText, status: response.status },
  );
}

/**
 * The answer of a path, drawn again when it arrives. While another path is under way the last answer stays, so that
 * stepping does not flicker; `pending` says so.
 * @param {string | null} path `null` asks nothing
 * @param {{ fixed?: boolean }} [how] `fixed`: what was answered once never changes
 * @returns {{ data: any, of: string | null, error: Problem | null, pending: boolean, again: () => void }}
 */
export function useLoad(path, { fixed = false } = {}) {
  const [, redraw] = useState(0);
  const shown = useRef({ path: null, data: undefined, error: null });
  const wanted = useRef(path);
  wanted.current = path;
  const fetchNow = useCallback((target) => {
    void load(target).then(
      (data) => ({ path: target, data, error: null }),
      (error) => ({ path: target, data: kept(target), error }),
    ).then((result) => {
      if (wanted.current !== target) return;
      shown.current = result;
      redraw((n) => n + 1);
    });
  }, []);
  useEffect(() => {
    if (path === null || (fixed && kept(path) !== undefined)) return;
    fetchNow(path);
  }, [path, fixed]);
  const ready = path !== null && shown.current.path !== path ? kept(path) : undefined;
  if (ready !== undefined) shown.current = { path, data: ready, error: null };
  const { path: of, data, error } = shown.current;
  return { data, of, error: of === path ? error : null, pending: of !== path, again: () => path && fetchNow(path) };
}
