/** Three panes side by side, whose widths the visitor chooses; on a narrow window they stack. */
import { html } from "../../dom.js";
import { useEffect, useRef } from "../../vendor/hooks.js";

const STEP = 24;
/** The least, the most, and the usual width in px; the last as in actor.css. */
const LIMITS = { left: [180, 480, 292], right: [260, 720, 380] };

export function Split({ name, left, middle, right }) {
  const box = useRef(null);
  const key = (side) => `statewright.pane.${name}.${side}`;
  const set = (side, width) => {
    const [least, most] = LIMITS[side];
    const inside = Math.round(Math.min(most, Math.max(least, width)));
    box.current.style.setProperty(`--${side}`, `${inside}px`);
    box.current.querySelector(`[data-side=${side}]`).setAttribute("aria-valuenow", String(inside));
    localStorage.setItem(key(side), String(inside));
  };
  useEffect(() => {
    for (const side of ["left", "right"]) {
      const width = Number(localStorage.getItem(key(side)));
      if (width) set(side, width);
    }
  }, []);
  const handle = (side) => {
    const sign = side === "left" ? 1 : -1;
    const width = () => Number(box.current.querySelector(`[data-side=${side}]`).getAttribute("aria-valuenow"));
    const down = (event) => {
      event.preventDefault();
      const [from, start] = [event.clientX, width()];
      const move = (moved) => set(side, start + sign * (moved.clientX - from));
      addEventListener("pointermove", move);
      addEventListener("pointerup", () => removeEventListener("pointermove", move), { once: true });
    };
    const press = (event) => {
      const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (way) set(side, width() + sign * way * STEP);
    };
    const [least, most, usual] = LIMITS[side];
    return html`
      <div class="handle" role="separator" tabindex="0" data-side=${side} aria-orientation="vertical"
        aria-label=${`Width of the ${side} pane`} aria-valuemin=${least} aria-valuemax=${most} aria-valuenow=${usual}
        onPointerDown=${down} onKeyDown=${press} onDblClick=${() => set(side, usual)}></div>
    `;
  };
  return html`<div class="split" ref=${box}>
    <section class="pane events" aria-label="Events">${left}</section>${handle("left")}
    <section class="pane picture" aria-label="Statechart">${middle}</section>${handle("right")}
    <section class="pane detail" aria-label="Details">${right}</section>
  </div>`;
}
