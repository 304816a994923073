/** This history in Stately's inspector, which is somebody else's page: opened only by who says so here. */
import { load } from "../../api.js";
import { html } from "../../dom.js";
import { Dialog } from "../../parts/dialog.js";
import { actorApi } from "../../router.js";
import { useEffect, useRef, useState } from "../../vendor/hooks.js";

const ORIGIN = "https://stately.ai";

export function Stately({ type, id, onClose }) {
  const [said, setSaid] = useState("");
  const target = useRef(null);
  const messages = useRef([]);
  useEffect(() => {
    // The other window says when it listens, and says so again when it is loaded anew.
    const hear = ({ origin, source, data }) => {
      if (origin !== ORIGIN || source !== target.current || data?.type !== "@statelyai.connected") return;
      for (const message of messages.current) source.postMessage(message, ORIGIN);
      setSaid(`${messages.current.length} messages were handed over.`);
    };
    addEventListener("message", hear);
    return () => removeEventListener("message", hear);
  }, []);
  const open = async () => {
    // At once, or the browser takes it for a window that nobody asked for.
    target.current = globalThis.open("about:blank", "statewright-stately");
    try {
      messages.current = await load(`${actorApi(type, id)}/inspection`);
      target.current.location = `${ORIGIN}/inspect`;
      setSaid("Waiting for its answer …");
    } catch (error) {
      target.current?.close();
      setSaid(error.message);
    }
  };
  return html`
    <${Dialog} title="Open in Stately's inspector" onClose=${onClose}>
      <p>This opens <code>stately.ai</code> in a window of its own, and hands it the machine, the newest 200 events and
        their contexts, as you see them here. Nothing is sent before you press the button.</p>
      <p><button class="button" onClick=${open}>Open stately.ai</button> <span role="status">${said}</span></p>
      <//>
  `;
}
