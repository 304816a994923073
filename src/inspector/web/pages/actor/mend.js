/** A change by hand: what it would do, then the reason, then it is done. */
import { send } from "../../api.js";
import { html } from "../../dom.js";
import { Dialog } from "../../parts/dialog.js";
import { initialOf, SchemaForm } from "../../parts/schema-form.js";
import { StateName } from "../../parts/marks.js";
import { actorApi } from "../../router.js";
import { useEffect, useState } from "../../vendor/hooks.js";

export function Mend({ type, id, latest, model, event, effect, onClose, changed }) {
  const declared = model?.events.find(({ type }) => type === event);
  const [data, setData] = useState(() => withoutReason(initialOf(declared)));
  const [reason, setReason] = useState("");
  const [state, setState] = useState({ busy: false, error: null });
  const submit = async (submitted) => {
    submitted.preventDefault();
    setState({ busy: true, error: null });
    try {
      if (effect) await send(`${actorApi(type, id)}/retry`, { effect: effect.id, reason });
      else {await send(`${actorApi(type, id)}/propose`, {
          event: { type: event, ...data },
          reason,
          expectedVersion: latest,
        });}
      changed();
      onClose();
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return html`
    <${Dialog} title=${effect ? `Retry ${effect.what}` : event} onClose=${onClose}>
      <form class="form" onSubmit=${submit}>
          ${event &&
            html`<${Preview} type=${type} id=${id} version=${latest} event=${{
              type: event,
              ...withReason(declared, data, reason),
            }} />`}
          ${declared &&
            html`<${SchemaForm} schema=${declared.schema} value=${data} onChange=${setData} without=${["reason"]} />`}
          <label>Why? It is recorded with the event.<textarea rows="2" required maxlength="500" value=${reason}
            onInput=${(e) => setReason(e.target.value)}></textarea></label>
          <${Refusal} error=${state.error} />
          <footer><button type="button" class="button" onClick=${onClose}>Cancel</button>
            <button class="button primary" disabled=${state.busy || reason.trim() === ""}>${effect
              ? "Retry"
              : `Propose ${event}`}</button></footer>
        </form>
      <//>
  `;
}

/** The reason is asked for below, for every event. */
function withoutReason(data) {
  const { reason: _, ...rest } = data;
  return rest;
}

const withReason = (declared, data, reason) =>
  declared?.schema.properties?.reason ? { ...data, reason: reason.trim() || "…" } : data;

/** What would become of it, tried without writing. */
function Preview({ type, id, version, event }) {
  const [step, setStep] = useState(null);
  useEffect(() => {
    let over = false;
    send(`${actorApi(type, id)}/what-if`, { version, steps: [{ event, by: "operator" }] })
      .then(({ steps }) => over || setStep(steps[0]), () => {});
    return () => {
      over = true;
    };
  }, []);
  if (step?.outcome !== "accepted") return null;
  const asked = step.effects.filter(({ kind }) => kind !== "close").map(({ what, kind }) =>
    (what ?? kind).split(" → ")[0]
  );
  return html`<p class="preview">It would go to <${StateName} state=${step.state} whole />
    ${asked.length > 0 && html`<span class="quiet"> and ask for ${asked.join(", ")}</span>`}</p>`;
}

export function Refusal({ error }) {
  if (!error) return null;
  return html`<div class="refusal" role="alert"><strong>${
    error.title ?? "It was not done"
  }</strong><p>${error.message}</p>
    ${error.allowed?.length > 0 && html`<p class="quiet">It would take ${error.allowed.join(", ")}.</p>`}
    ${error.errors?.map(({ pointer, detail }) => html`<p><code>${pointer}</code> ${detail}</p>`)}</div>`;
}
