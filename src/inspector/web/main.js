/** The inspector: one bar above one page, chosen by the address. */
import { html } from "./dom.js";
import { startKeys, useKeys } from "./keys.js";
import { startLive, useConnection } from "./live.js";
import { KeyList } from "./parts/key-list.js";
import { later } from "./parts/later.js";
import { NavigationBar } from "./parts/navigation-bar.js";
import { Palette } from "./parts/palette.js";
import { Empty } from "./parts/states.js";
import { startTheme } from "./parts/theme.js";
import { startRouter, useAddress } from "./router.js";
import { useEffect, useState } from "./vendor/hooks.js";
import { render } from "./vendor/preact.js";

const page = (load) => later(load, "Page");

/** By the first part of the path. */
const PAGES = {
  "": ["Overview", page(() => import("./pages/overview.js"))],
  machines: ["Machines", page(() => import("./pages/machines.js"))],
  instances: ["Instances", page(() => import("./pages/instances.js"))],
  actors: ["Actor", page(() => import("./pages/actor.js"))],
  stuck: ["Stuck", page(() => import("./pages/stuck.js"))],
  "dead-letters": ["Dead letters", page(() => import("./pages/dead-letters.js"))],
  timers: ["Timers", page(() => import("./pages/timers.js"))],
  causation: ["Causation", page(() => import("./pages/causation.js"))],
  flow: ["Flow", page(() => import("./pages/flow.js"))],
};

function Page({ here }) {
  const [title, Found] = PAGES[here.path[0] ?? ""] ?? ["No such page"];
  useEffect(() => {
    document.title = `${title} · Inspector · Statewright`;
  }, [title]);
  if (Found) return html`<${Found} here=${here} />`;
  return html`<${Empty} title="There is no such page">
    <a href="./">Go to the overview</a>, or press <kbd>/</kbd> to search.
  <//>`;
}

function App() {
  const here = useAddress();
  const [open, setOpen] = useState(null);
  const connection = useConnection();
  useKeys({
    "mod+k": ["find an order, a customer, a machine or a page", () => setOpen("palette")],
    "/": ["the same", () => setOpen("palette")],
    "?": ["this list", () => setOpen("keys")],
  });
  return html`
    <a class="skip" href="#page" onClick=${toPage}>Skip to the page</a>
    <${NavigationBar} here=${here} onFind=${() => setOpen("palette")} onKeys=${() => setOpen("keys")} />
    ${connection === "lost" && html`<p class="lost" role="status">
      <strong>Disconnected.</strong> What you see may be old. Connecting again …
    </p>`}
    <main id="page" tabindex="-1">
      <${Page} here=${here} />
    </main>
    ${open === "palette" && html`<${Palette} onClose=${() => setOpen(null)} />`}
    ${open === "keys" && html`<${KeyList} onClose=${() => setOpen(null)} />`}
  `;
}

function toPage(click) {
  click.preventDefault();
  document.querySelector("#page").focus();
}

startTheme();
startRouter();
startKeys();
startLive();
const root = document.querySelector("#app");
root.replaceChildren();
render(html`<${App} />`, root);
