/** Time travel: one event after the other, each a mark of its own kind. */
import { html } from "../../dom.js";
import { useMemo, useRef } from "../../vendor/hooks.js";

/** More marks than this would be a grey bar. */
const MARKS = 240;

export function Slider({ rows, version, latest, to }) {
  const track = useRef(null);
  const row = rows[version - 1];
  const place = (n) => latest <= 1 ? 50 : 100 * (n - 1) / (latest - 1);
  const marks = useMemo(() => {
    const step = Math.max(1, Math.ceil(rows.length / MARKS));
    return rows.filter((_, index) => index % step === 0 || rows[index].compensating);
  }, [rows]);
  return html`
    <div class="slider" ref=${track}>
      <button class="icon-button" aria-label="The event before" disabled=${version <= 1} onClick=${() =>
        to(version - 1)}>◀</button>
      <div class="rail">
        <div class="marks" aria-hidden="true">${marks.length <= MARKS * 2 && marks.map((mark) =>
          html`
            <i
              class=${`${mark.kind}${mark.compensating ? " compensating" : ""}${
                mark.version > version ? " future" : ""
              }`}
              style=${{ left: `${place(mark.version)}%` }}></i>
          `
        )}</div>
        <input type="range" min="1" max=${latest} value=${version} step="1" aria-label="Moment"
          aria-valuetext=${row ? `Version ${version}, ${row.type}, ${row.state}` : `Version ${version}`}
          onInput=${(event) => to(Number(event.target.value))} />
      </div>
      <button class="icon-button" aria-label="The event after" disabled=${version >= latest} onClick=${() =>
        to(version + 1)}>▶</button>
      <span class="which" aria-hidden="true">${row?.type}</span>
    </div>
  `;
}
