import { html } from "../dom.js";
import { useEffect, useState } from "../vendor/hooks.js";
import { h } from "../vendor/preact.js";
import { Failed, Loading } from "./states.js";

/**
 * A part of the page that is loaded when it is first drawn.
 * @param {() => Promise<Record<string, any>>} load imports its module
 * @param {string} name what the module exports it as
 */
export function later(load, name) {
  let part;
  return function Later(props) {
    const [, redraw] = useState(0);
    const [error, setError] = useState(null);
    useEffect(() => {
      if (part) return;
      let over = false;
      void load().then((module) => {
        part = module[name];
        if (!over) redraw((n) => n + 1);
      }, setError);
      return () => {
        over = true;
      };
    }, []);
    if (error) return html`<${Failed} error=${error} again=${() => location.reload()} />`;
    return part ? h(part, props) : html`<${Loading} lines=${3} />`;
  };
}
