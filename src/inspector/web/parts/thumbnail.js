/** A statechart without its words: what it is like at a glance. */
import { useLoad } from "../api.js";
import { html } from "../dom.js";
import { useLayoutEffect, useRef } from "../vendor/hooks.js";
import { chartFrom } from "./chart.js";

/** @param {{ machine: string }} props its path, as the API names it */
export function Thumbnail({ machine }) {
  const { data: text } = useLoad(`${machine}/chart.svg`, { fixed: true });
  const box = useRef(null);
  useLayoutEffect(() => {
    if (text) box.current.replaceChildren(chartFrom(text));
  }, [text]);
  return html`<div class="thumbnail" ref=${box} aria-hidden="true" inert></div>`;
}
