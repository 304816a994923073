/** The URL is the state of the view: `<base>actors/order/<id>/<version>?tab=diff`. */
import { useEffect, useState } from "./vendor/hooks.js";

const base = new URL("./", document.baseURI);
const watchers = new Set();

/** @returns {{ path: string[], query: URLSearchParams }} where the visitor is, below the inspector's own address */
export function address() {
  const rest = location.pathname.startsWith(base.pathname) ? location.pathname.slice(base.pathname.length) : "";
  return { path: rest.split("/").filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(location.search) };
}

/**
 * @param {string} to relative to the inspector, e.g. `machines/order?state=placed`
 * @param {{ replace?: boolean }} [how] `replace` leaves no step for the Back button
 */
export function go(to, { replace = false } = {}) {
  const target = new URL(to, base);
  if (target.href === location.href) return;
  history[replace ? "replaceState" : "pushState"](null, "", target);
  tell();
}

/** Changes some of the query, keeping the rest; `null` and "" take a field away. */
export function setQuery(fields) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  history.replaceState(null, "", location.pathname + (text && `?${text}`));
  tell();
}

/** Draws again whenever the address changes. */
export function useAddress() {
  const [here, setHere] = useState(address);
  useEffect(() => {
    const watch = () => setHere(address());
    watchers.add(watch);
    watch();
    return () => watchers.delete(watch);
  }, []);
  return here;
}

/** Links inside the inspector do not load the page anew; Back and Forward work. */
export function startRouter() {
  addEventListener("popstate", tell);
  document.addEventListener("click", (click) => {
    const link = click.target.closest?.("a[href]");
    const other = click.button !== 0 || click.metaKey || click.ctrlKey || click.shiftKey || click.altKey;
    if (!link || other || click.defaultPrevented || link.getAttribute("target") || link.hasAttribute("download")) {
      return;
    }
    const href = String(link.href.baseVal ?? link.href);
    const to = new URL(href, base);
    const ours = to.origin === base.origin && to.pathname.startsWith(base.pathname);
    if (!ours || to.pathname.startsWith(`${base.pathname}api/`)) return;
    click.preventDefault();
    go(to.href);
    scrollTo(0, 0);
  });
}

function tell() {
  for (const watch of watchers) watch();
}

/** `seg("a/b")` → `a%2Fb`: one part of a path. */
export const seg = encodeURIComponent;

/** The page of an actor. @param {string} stream `order/0199…` @param {number} [version] */
export function actorPage(stream, version) {
  const cut = stream.indexOf("/");
  const at = version ? `/${version}` : "";
  return `actors/${seg(stream.slice(0, cut))}/${seg(stream.slice(cut + 1))}${at}`;
}

/** The API's path of a machine. @param {string | null} version without it: the one that new actors begin with */
export const machinePath = (type, version) => `machines/${seg(type)}${version ? `/versions/${seg(version)}` : ""}`;

/** The API's path of an actor. */
export const actorApi = (type, id) => `actors/${seg(type)}/${seg(id)}`;
