import { html } from "../dom.js";
import { knownKeys } from "../keys.js";
import { Dialog } from "./dialog.js";

const NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", "mod+k": "⌘/Ctrl K" };

export function KeyList({ onClose }) {
  return html`
    <${Dialog} title="Keys" onClose=${onClose}>
      <dl class="keys">${knownKeys().map(([key, label]) =>
        html`
          <dt><kbd>${NAMES[key] ?? key}</kbd></dt>
          <dd>${label}</dd>
        `
      )}
          <dt><kbd>Esc</kbd></dt><dd>close what is open</dd>
        </dl>
      <//>
  `;
}
