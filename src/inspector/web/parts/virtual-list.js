/** A long list of rows of one height, of which only those in sight are in the document. */
import { html } from "../dom.js";
import { useLayoutEffect, useRef, useState } from "../vendor/hooks.js";

const BEYOND = 8;

/**
 * @param {object} list
 * @param {number} list.count how many rows
 * @param {number} list.height of a row, in px
 * @param {number} list.at the row to keep in sight, from 0
 * @param {(index: number) => any} list.row draws one
 */
export function VirtualList({ count, height, at, row, label }) {
  const box = useRef(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const look = () => setView({ top: box.current.scrollTop, height: box.current.clientHeight });
  useLayoutEffect(() => {
    const { scrollTop, clientHeight } = box.current;
    const above = at * height < scrollTop;
    const below = (at + 1) * height > scrollTop + clientHeight;
    if (above || below) box.current.scrollTop = above ? at * height - height : (at + 2) * height - clientHeight;
    look();
  }, [at, count, height]);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(look);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  const first = Math.max(0, Math.floor(view.top / height) - BEYOND);
  const last = Math.min(count, Math.ceil((view.top + view.height) / height) + BEYOND);
  return html`<div class="virtual" ref=${box} onScroll=${look} role="listbox" aria-label=${label} tabindex="0">
    <div role="presentation" style=${{ height: `${first * height}px` }}></div>
    ${Array.from({ length: Math.max(0, last - first) }, (_, n) => row(first + n))}
    <div role="presentation" style=${{ height: `${Math.max(0, count - last) * height}px` }}></div>
  </div>`;
}
