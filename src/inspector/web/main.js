/** The inspector: one bar above one page, chosen by the address. */
import { html } from "./dom.js";
import { startKeys, useKeys } from "./keys.js";
import { startLive, useConnection } from "./live.js";
import { KeyList } from "./parts/key-list.js";
import { NavigationBar } from "./parts/navigation-bar.js";
import { Palette } from "./parts/palette.js";
import { Empty, Failed, Loading } from "./parts/states.js";
import { startTheme } from "./parts/theme.js";
import { startRouter, useAddress } from "./router.js";
import { useEffect, useState } from "./vendor/hooks.js";
import { render } from "./vendor/preact.js";

/** By the first part of the path; each is loaded when it is first wanted. */
const PAGES = {
  "": ["Overview", () => import("./pages/overview.js")],
  machines: ["Machines", () => import("./pages/machines.js")],
  instances: ["Instances", () => import("./pages/instances.js")],
  actors: ["Actor", () => import("./pages/actor.js")],
  stuck: ["Stuck", () => import("./pages/stuck.js")],
  "dead-letters": ["Dead letters", () => import("./pages/dead-letters.js")],
  timers: ["Timers", () => import("./pages/timers.js")],
  causation: ["Causation", () => import("./pages/causation.js")],
  flow: ["Flow", () => import("./pages/flow.js")],
};
const loaded = new Map();

function Page({ here }) {
  const name = here.path[0] ?? "";
  const [, redraw] = useState(0);
  const [error, setError] = useState(null);
  const known = PAGES[name];
  const page = loaded.get(name);
  useEffect(() => {
    setError(null);
    if (!known || page) return;
    known[1]().then((module) => {
      loaded.set(name, module.Page);
      redraw((n) => n + 1);
    }, setError);
  }, [name]);
  useEffect(() => {
    if (known) document.title = `${known[0]} · Inspector · Statewright`;
  }, [name]);
  if (!known) {
    return html`<${Empty} title="There is no such page">
      <a href="./">Go to the overview</a>, or press <kbd>/</kbd> to search.
    <//>`;
  }
  if (error) return html`<${Failed} error=${error} again=${() => location.reload()} />`;
  if (!page) return html`<${Loading} />`;
  return html`<${page} here=${here} />`;
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
