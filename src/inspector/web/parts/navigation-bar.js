import { useLoad } from "../api.js";
import { classes, html } from "../dom.js";
import { useConnection, useRefresh } from "../live.js";
import { useState } from "../vendor/hooks.js";
import { nextTheme, theme } from "./theme.js";

const LINKS = [
  ["", "Overview"],
  ["machines", "Machines"],
  ["instances", "Orders", "instances?type=order"],
  ["stuck", "Stuck"],
  ["dead-letters", "Dead letters"],
  ["flow", "Flow"],
];
const THEMES = { system: "◐", light: "○", dark: "●" };
const CONNECTIONS = {
  live: ["live", "What is committed shows at once"],
  connecting: ["connecting", "Connecting to the stream of events"],
  lost: ["offline", "The stream of events is interrupted"],
};

/** Orders have a link of their own; other actors are found by their machine. */
function currentLink({ path: [page = "", type], query }) {
  if (page === "actors") return type === "order" ? "instances" : "machines";
  if (page === "instances") return (query.get("type") ?? "order") === "order" ? "instances" : "machines";
  return page;
}

export function NavigationBar({ here, onFind, onKeys }) {
  const [shade, setShade] = useState(theme);
  const connection = useConnection();
  const { data: visitor } = useLoad("visitor");
  const { data: overview, again } = useLoad("overview");
  useRefresh(again, undefined, 3_000);
  const counts = { stuck: overview?.stuck?.count, "dead-letters": overview?.deadLetters.count };
  const current = currentLink(here);
  const [word, meaning] = CONNECTIONS[connection];
  return html`
    <header class="bar">
      <a class="brand" href="./"><img src="icon.svg" alt="" width="20" height="20" />Statewright</a>
      <nav aria-label="Pages">
        ${LINKS.map(([name, label, to = name]) =>
          html`
            <a
              href=${to || "./"}
              class=${classes(counts[name] > 0 && "counted")}
              aria-current=${current === name ? "page" : undefined}
            >${label}${counts[name] > 0 && html`<span class="pip">${counts[name]}</span>`}</a>
          `
        )}
      </nav>
      <span class="space"></span>
      <span class=${`connection ${connection}`} title=${meaning} role="status">${word}</span>
      ${visitor && html`<span class="visitor quiet" title=${visitor.why}>
        ${visitor.mayMend ? `${visitor.role} ${visitor.principal}` : "read-only"}
      </span>`}
      <button class="find" onClick=${onFind} title="Control K or Command K">
        <span>Find</span><kbd>⌘K</kbd>
      </button>
      <button class="icon-button" onClick=${() => setShade(nextTheme())}
        aria-label=${`Colours: ${shade}. Change`} title=${`Colours: ${shade}`}>${THEMES[shade]}</button>
      <button class="icon-button" onClick=${onKeys} aria-label="Keys" title="Keys">?</button>
    </header>
  `;
}
