/** Pan, zoom and fit of one SVG by its viewBox. */

/** One user unit of the picture on this many pixels at most, so that a small machine is not blown up. */
const LARGEST = 1.15;
const MARGIN = 16;
/** Where the buttons are. */
const BELOW = 56;
const MOVE_MS = 150;

/**
 * @param {HTMLElement} stage
 * @param {SVGSVGElement} svg
 * @param {number} readable below this scale only a part is shown, around where the actor stands
 */
export function createViewport(stage, svg, readable) {
  const [, , width, height] = svg.getAttribute("viewBox").split(/[ ,]+/).map(Number);
  let box = { x: 0, y: 0, scale: 1 };
  let motion = 0;
  /** The visitor has chosen a place; it is left alone. */
  let chosen = false;

  const apply = (next) => {
    box = next;
    const { clientWidth: w, clientHeight: h } = stage;
    if (w && h) svg.setAttribute("viewBox", `${box.x} ${box.y} ${w / box.scale} ${h / box.scale}`);
  };
  const centred = (scale, cx, cy) => ({
    x: cx - stage.clientWidth / scale / 2,
    y: cy - stage.clientHeight / scale / 2,
    scale,
  });
  const whole = () => {
    const w = (stage.clientWidth - 2 * MARGIN) / width;
    const h = (stage.clientHeight - 2 * MARGIN) / height;
    return Math.max(0.05, Math.min(w, h, LARGEST));
  };
  const fitted = () => centred(whole(), width / 2, height / 2);
  const glide = (to) => {
    cancelAnimationFrame(motion);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return apply(to);
    const from = box;
    const start = performance.now();
    const step = (now) => {
      const t = Math.min(1, (now - start) / MOVE_MS);
      const part = (name) => from[name] + (to[name] - from[name]) * (1 - (1 - t) ** 3);
      apply({ x: part("x"), y: part("y"), scale: part("scale") });
      if (t < 1) motion = requestAnimationFrame(step);
    };
    motion = requestAnimationFrame(step);
  };
  const zoomAt = (factor, px, py) => {
    chosen = true;
    const scale = Math.min(3, Math.max(0.1, box.scale * factor));
    apply({ x: box.x + px / box.scale - px / scale, y: box.y + py / box.scale - py / scale, scale });
  };

  const wheel = (event) => {
    event.preventDefault();
    const { left, top } = stage.getBoundingClientRect();
    if (event.ctrlKey || event.metaKey) {
      return zoomAt(Math.exp(-event.deltaY / 240), event.clientX - left, event.clientY - top);
    }
    chosen = true;
    apply({ ...box, x: box.x + event.deltaX / box.scale, y: box.y + event.deltaY / box.scale });
  };
  const drag = (down) => {
    if (down.button !== 0) return;
    const from = box;
    const move = (event) => {
      const [dx, dy] = [event.clientX - down.clientX, event.clientY - down.clientY];
      if (Math.abs(dx) + Math.abs(dy) < 4) return;
      chosen = true;
      stage.classList.add("dragging");
      apply({ ...from, x: from.x - dx / from.scale, y: from.y - dy / from.scale });
    };
    const up = () => {
      removeEventListener("pointermove", move);
      // The click that ends a drag chooses nothing.
      setTimeout(() => stage.classList.remove("dragging"));
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", up, { once: true });
  };
  stage.addEventListener("wheel", wheel, { passive: false });
  stage.addEventListener("pointerdown", drag);

  /** Where the machine begins, until there is a better place to look at. */
  let focus = svg.querySelector("circle.initial")?.getBBox() ?? { x: 0, y: 0, width: 0, height: 0 };
  let looked = false;
  /** The whole picture when it can be read so, else its readable size around `focus`. */
  const settle = () => {
    const scale = Math.max(whole(), readable);
    if (scale === whole()) return fitted();
    const middle = (from, to, size) => Math.min(Math.max(from, size / 2), Math.max(to - size / 2, size / 2));
    const [w, h] = [stage.clientWidth / scale, stage.clientHeight / scale];
    const cx = w > width ? width / 2 : middle(focus.x + focus.width / 2, width + MARGIN, w - MARGIN);
    const cy = h > height ? height / 2 : middle(focus.y + focus.height / 2, height + BELOW, h - MARGIN);
    return centred(scale, cx, cy);
  };
  const observer = new ResizeObserver(() => apply(chosen ? box : settle()));
  observer.observe(stage);
  apply(settle());

  const boxOf = (path) => svg.querySelector(`[data-state="${CSS.escape(path)}"]`)?.getBBox();

  return {
    fit() {
      chosen = false;
      glide(fitted());
    },
    zoom: (factor) => zoomAt(factor, stage.clientWidth / 2, stage.clientHeight / 2),
    /** Brings a state into sight, if it is not; with the way to it, if both have room. @param {Set<string>} [way] states */
    show(path, way) {
      const own = boxOf(path);
      if (!own) return;
      const both = [...way ?? []].map(boxOf).filter(Boolean).reduce(around, own);
      const first = !looked;
      looked = true;
      const scale = Math.max(whole(), readable);
      const fits = both.width * scale < stage.clientWidth - 2 * MARGIN &&
        both.height * scale < stage.clientHeight - BELOW;
      focus = fits ? both : own;
      if (first && !chosen) return apply(settle());
      const [w, h] = [stage.clientWidth / box.scale, stage.clientHeight / box.scale];
      const inside = focus.x >= box.x && focus.y >= box.y && focus.x + focus.width <= box.x + w &&
        focus.y + focus.height <= box.y + h;
      if (!inside) glide(chosen ? centred(box.scale, focus.x + focus.width / 2, focus.y + focus.height / 2) : settle());
    },
    end() {
      observer.disconnect();
      cancelAnimationFrame(motion);
      stage.removeEventListener("wheel", wheel);
      stage.removeEventListener("pointerdown", drag);
    },
  };
}

/** The smallest box that holds both. */
function around(a, b) {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  const right = Math.max(a.x + a.width, b.x + b.width);
  const bottom = Math.max(a.y + a.height, b.y + b.height);
  return { x, y, width: right - x, height: bottom - y };
}
