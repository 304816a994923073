import { html } from "../dom.js";
import { useRef } from "../vendor/hooks.js";

/** @param {{ label: string, tabs: Record<string, string>, chosen: string, onChoose: (name: string) => void }} props */
export function Tabs({ label, tabs, chosen, onChoose, children }) {
  const list = useRef(null);
  const names = Object.keys(tabs);
  const press = (event) => {
    const at = names.indexOf(chosen);
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: names.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const index = (next + names.length) % names.length;
    onChoose(names[index]);
    list.current.children[index].focus();
  };
  return html`
    <div class="tabs" role="tablist" aria-label=${label} ref=${list} onKeyDown=${press}>
          ${names.map((name) =>
            html`
              <button role="tab" id=${`tab-${name}`} aria-controls="tab-panel" aria-selected=${String(name === chosen)}
                tabindex=${name === chosen ? 0 : -1} onClick=${() => onChoose(name)}>${tabs[name]}</button>
            `
          )}
        </div>
    <div class="panel-body" role="tabpanel" id="tab-panel" aria-labelledby=${`tab-${chosen}`} tabindex="0">${children}</div>
  `;
}
