import { classes, html } from "../../dom.js";
import { duration, exact, shortId, words } from "../../format.js";
import { actorPage } from "../../router.js";
import { useEffect, useRef } from "../../vendor/hooks.js";
import { LANE } from "./lanes-places.js";

/** How wide the lanes' names are, which stay in sight; as in actor.css. */
const NAMES = 160;

export function LanesPicture({ data, places, stream, version, to }) {
  const box = useRef(null);
  const here = places.find({ stream, version });
  useEffect(() => {
    if (!here) return;
    const { scrollLeft, clientWidth } = box.current;
    const wide = clientWidth - NAMES;
    if (here.x < scrollLeft + 40 || here.x > scrollLeft + wide - 60) {
      box.current.scrollLeft = here.x - wide / 2;
    }
  }, [here?.x]);
  const pick = (lane, event) => (click) => {
    if (lane.stream !== stream) return;
    click.preventDefault();
    click.stopPropagation();
    to(event.version);
  };
  return html`
    <div class="lanes-window" ref=${box} tabindex="0" role="region" aria-label="Lanes, to be scrolled">
      <ol class="lane-names" aria-hidden="true">${data.lanes.map((lane, n) =>
        html`<li style=${{ top: `${places.top + LANE * n}px` }}>
      <strong>${lane.title}</strong><span class="quiet data">${
          shortId(lane.stream.slice(lane.stream.indexOf("/") + 1))
        }</span></li>`
      )}</ol>
      <svg width=${places.width} height=${places
        .height} role="group" aria-label="Who did what, in the order of the log">
          <defs>
            <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0.5 8 4 0 7.5z" /></marker>
            <marker id="tip-undo" class="undo" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0.5 8 4 0 7.5z" /></marker>
          </defs>
          ${data.lanes.map((lane, n) =>
            html`<line class="lane-line" x1="0" x2=${places.width} y1=${places.top + LANE * n + 18} y2=${
              places.top + LANE * n + 18
            } />`
          )}
          ${here && html`<line class="moment" x1=${here.x} x2=${here.x} y1="0" y2=${places.height} />`}
          ${places.bars.map(({ bar, x, y, to: end }) =>
            html`
              <g class=${classes("activity", bar.failed && "failed", bar.outcome === null && "open")}>
                <title>${bar.src} · ${bar.to ? duration(bar.to - bar.from) : "under way"} · ${bar.outcome ??
                  "no outcome yet"}</title>
                <rect x=${x} y=${y - 5} width=${Math.max(8, end - x)} height="10" rx="5" />
              </g>
            `
          )}
          ${places.arrows.map((arrow) => html`<${Arrow} ...${arrow} />`)}
          ${places.ties.map((tie) => html`<${Tie} ...${tie} />`)}
          ${data.lanes.map((lane) =>
            lane.events.map((event) => {
              const { x, y } = places.find({ stream: lane.stream, version: event.version });
              const current = lane.stream === stream && event.version === version;
              const later = here && event.position > here.event.position;
              return html`
                <a href=${actorPage(lane.stream, event.version)} onClick=${pick(
                  lane,
                  event,
                )} aria-label=${`${lane.type} ${event.type}`}
                  class=${classes(
                    "moment-mark",
                    event.kind,
                    current && "current",
                    later && "future",
                    event.compensating && "compensating",
                  )}>
                      <title>${event.type} · ${exact(event.at)} · ${event.state}</title>
                      <circle cx=${x} cy=${y} r=${current ? 7 : 5} />
                      ${words(event.type).slice(0, 2).map((word, n, all) =>
                        html`<text x=${x} y=${y + 20 + 13 * n} text-anchor="middle">${word}${
                          n === 1 && words(event.type).length > 2 ? "…" : all.length && ""
                        }</text>`
                      )}
                    </a>
              `;
            })
          )}
        </svg>
    </div>
  `;
}

function Arrow({ message, from, to, heard }) {
  const bend = (to.y - from.y) / 2;
  const toY = to.y + (to.y > from.y ? -8 : 8);
  const d = `M${from.x} ${from.y + Math.sign(bend) * 6}C${from.x} ${from.y + bend} ${to.x} ${
    to.y - bend
  } ${to.x} ${toY}`;
  return html`<g class=${classes("message", message.compensating && "undo", !heard && "lost")}>
    <title>${message.event} · ${
    heard ? duration((message.heardAt ?? message.sentAt) - message.sentAt) : "not delivered"
  }</title>
    <path d=${d} marker-end=${message.compensating ? "url(#tip-undo)" : "url(#tip)"} />
    ${!heard && html`<text x=${to.x} y=${toY + 4} text-anchor="middle">✕</text>`}</g>`;
}

/** A bracket above the lane, from the undo back to what it undoes. */
function Tie({ from, to, label, settled, level }) {
  const top = from.y - 15 - 6 * level;
  const d = `M${to.x} ${to.y - 8}V${top + 4}Q${to.x} ${top} ${to.x - 4} ${top}H${
    from.x + 4
  }Q${from.x} ${top} ${from.x} ${top + 4}V${from.y - 8}`;
  return html`
    <g class=${classes("tie", settled && "settled")}>
      <title>${label}${settled ? "" : ", not settled yet"}</title>
      <path d=${d} />
      <text x=${to.x + 8} y=${top + 4}>${settled ? "↺ ✓" : "↺ …"}</text>
    </g>
  `;
}
