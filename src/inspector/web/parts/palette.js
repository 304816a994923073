/** ⌘K: an order, a customer, a machine or a page by a few letters. */
import { load } from "../api.js";
import { html } from "../dom.js";
import { go } from "../router.js";
import { useEffect, useRef, useState } from "../vendor/hooks.js";
import { Dialog } from "./dialog.js";

const PAGES = [
  ["Overview", "./", "what needs attention"],
  ["Machines", "machines", "every statechart"],
  ["Orders", "instances?type=order", "newest change first"],
  ["Needs intervention", "instances?type=order&state=needsIntervention", "orders an operator must look at"],
  ["Stuck", "stuck", "actors that nothing can wake"],
  ["Dead letters", "dead-letters", "what could not be handled"],
  ["Timers", "timers", "what is due, and when"],
  ["Flow", "flow", "events as they are committed"],
].map(([title, page, detail]) => ({ kind: "page", title, page, detail }));

export function Palette({ onClose }) {
  const [text, setText] = useState("");
  const [found, setFound] = useState([]);
  const [chosen, setChosen] = useState(0);
  const list = useRef(null);
  useEffect(() => {
    if (text.trim() === "") return setFound([]);
    let over = false;
    const timer = setTimeout(() => {
      load(`search?q=${encodeURIComponent(text.trim())}`).then(
        ({ items }) => over || setFound(items),
        () => over || setFound([]),
      );
    }, 120);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [text]);
  const pages = PAGES.filter(({ title }) => title.toLowerCase().includes(text.trim().toLowerCase()));
  const items = [...found, ...pages];
  const at = Math.min(chosen, Math.max(0, items.length - 1));
  const open = (item) => {
    onClose();
    if (item) go(item.page);
  };
  const press = (event) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter") open(items[at]);
    if (!move) return;
    event.preventDefault();
    const next = (at + move + items.length) % items.length;
    setChosen(next);
    list.current.children[next]?.scrollIntoView({ block: "nearest" });
  };
  return html`
    <${Dialog} title="Find" onClose=${onClose} bare>
      <div class="palette">
          <input autofocus type="text" role="combobox" aria-expanded="true" aria-controls="found" aria-label="Find"
            aria-activedescendant=${items[at] ? `found-${at}` : undefined} autocomplete="off" spellcheck="false"
            placeholder="An order, a customer, a machine, a page …" value=${text} onKeyDown=${press}
            onInput=${(event) => {
              setText(event.target.value);
              setChosen(0);
            }} />
          <ul id="found" role="listbox" aria-label="Found" ref=${list}>
            ${items.map((item, index) =>
              html`
                <li id=${`found-${index}`} role="option" aria-selected=${String(index === at)}
                  onClick=${() => open(item)} onMouseMove=${() => setChosen(index)}>
                          <span class="what">${item.kind}</span><span class="title">${item
                            .title}</span><span class="quiet">${item.detail}</span>
                        </li>
              `
            )}
          </ul>
          ${items.length === 0 &&
            html`<p class="nothing quiet" role="status">Nothing by this name. Ids may be given by their beginning.</p>`}
          <footer class="quiet"><kbd>↑</kbd><kbd>↓</kbd> choose <kbd>↵</kbd> open <kbd>Esc</kbd> close</footer>
        </div>
      <//>
  `;
}
