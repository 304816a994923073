import { classes, html } from "../dom.js";
import { useEffect, useRef } from "../vendor/hooks.js";

/** A window over the page; Escape, a click beside it and `onClose` shut it. */
export function Dialog({ title, onClose, children, wide, bare }) {
  const element = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    element.current.showModal();
    return () => before?.focus?.();
  }, []);
  const beside = (click) => {
    if (click.target === element.current) onClose();
  };
  return html`
    <dialog ref=${element} class=${classes(wide && "wide", bare && "bare")} aria-label=${title}
      onClose=${onClose} onMouseDown=${beside}>
        ${!bare && html`<header><h2>${title}</h2>
      <button class="icon-button" onClick=${onClose} aria-label="Close">✕</button></header>`}
        ${children}
      </dialog>
  `;
}
