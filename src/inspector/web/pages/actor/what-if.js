/** A chain of events that is tried and never written. The chain is in the address, so it can be sent to somebody. */
import { send } from "../../api.js";
import { html } from "../../dom.js";
import { Copied, StateName } from "../../parts/marks.js";
import { initialOf, SchemaForm } from "../../parts/schema-form.js";
import { actorApi, setQuery } from "../../router.js";
import { useEffect, useState } from "../../vendor/hooks.js";
import { Effects } from "./effects.js";

export function WhatIf({ type, id, version, moment, model, query, setTrial }) {
  const steps = stepsOf(query);
  const [result, setResult] = useState(null);
  const [error, setError] = useState(null);
  const text = JSON.stringify(steps);
  useEffect(() => {
    setError(null);
    setResult(null);
    setTrial(null);
    if (steps.length === 0) return;
    let over = false;
    void send(`${actorApi(type, id)}/what-if`, { version, steps }).then((answer) => {
      if (over) return;
      setResult(answer);
      const taken = answer.steps.filter(({ outcome }) => outcome === "accepted");
      const end = taken.at(-1);
      if (end) setTrial({ state: end.state, next: end.next, edges: taken.flatMap(({ edges }) => edges) });
    }, setError);
    return () => {
      over = true;
    };
  }, [text, version]);
  useEffect(() => () => setTrial(null), []);
  const put = (chain) => setQuery({ try: chain.length === 0 ? null : JSON.stringify(chain), add: null });
  const end = result?.steps.at(-1) ?? moment.data;
  const refused = result?.steps.at(-1)?.outcome === "refused";
  return html`<p class="quiet">Try events on version ${version}. Nothing is written.</p>
    ${
    result && html`<ol class="trial">${
      result.steps.map((step, n) =>
        html`
          <${Step} key=${n} step=${step}
            onDrop=${() => put(steps.slice(0, n))} />
        `
      )
    }</ol>`
  }
    ${
    error && html`<div class="refusal" role="alert"><strong>${error.title}</strong><p>${error.message}</p>
      <button class="button" onClick=${() => put([])}>Start again</button></div>`
  }
    ${
    !refused && !error && model && end &&
    html`<${Chooser} key=${text} model=${model} at=${end} wanted=${query.get("add")} first=${
      steps.length === 0
    } onAdd=${(step) => put([...steps, step])} />`
  }
    ${result && html`<${Export} text=${result.test} onReset=${() => put([])} />`}`;
}

function stepsOf(query) {
  try {
    const steps = JSON.parse(query.get("try") ?? "[]");
    return Array.isArray(steps) ? steps : [];
  } catch {
    return [];
  }
}

function Step({ step, onDrop }) {
  if (step.outcome === "refused") {
    return html`
      <li
        class="refused"><p><span class="sign" aria-hidden="true">✕</span><strong>${step
          .event}</strong> <span class="negative">is refused</span>
              <button class="icon-button" onClick=${onDrop} aria-label="Take this step back">↶</button></p>
            <p class="quiet">${step.detail ?? step.reason}</p>
            ${step.allowed?.length > 0 && html`<p class="quiet">It would take ${step.allowed.join(", ")}.</p>`}</li>
    `;
  }
  const undoing = step.compensations ?? [];
  const ids = new Set(undoing.map(({ id }) => id));
  // What is closed is what the state before waited for, which says nothing new.
  const others = step.effects.filter(({ id, kind }) => !ids.has(id) && kind !== "close");
  return html`<li><p><span class="sign" aria-hidden="true">✓</span><strong>${step.event}</strong>
      <button class="icon-button" onClick=${onDrop} aria-label="Take this step back">↶</button></p>
    <p><span class="sign" aria-hidden="true">→</span><${StateName} state=${step.state} status=${step.status} whole /></p>
    ${
    undoing.length > 0 && html`
      <h3 class="warning">Compensations</h3>
      <${Effects} effects=${undoing} undoing />
    `
  }
    ${
    others.length > 0 && html`
      <h3>Effects</h3>
      <${Effects} effects=${others} />
    `
  }</li>`;
}

/** The next step: an event, a timer that fires, an activity that ends. */
function Chooser({ model, at, wanted, first, onAdd }) {
  const accepted = new Map(at.next.map((next) => [next.event, next]));
  const declared = model.events.filter(({ type }) => type !== model.created);
  const possible = declared.filter(({ type }) => accepted.has(type));
  const [name, setName] = useState(() => wanted ?? possible[0]?.type ?? "");
  const chosen = declared.find(({ type }) => type === name);
  const open = (at.open ?? []).filter(({ kind }) => kind === "timer" || kind === "activity");
  return html`<section class="chooser"><h3>${first ? "Suppose" : "Then"}</h3>
    <label>Event<select onChange=${(e) => setName(e.target.value)}>
      ${possible.length === 0 && html`<option value="">choose one</option>`}
      <optgroup label="accepted here">${
    possible.map(({ type }) => html`<option selected=${type === name}>${type}</option>`)
  }</optgroup>
      <optgroup label="refused here">${
    declared.filter(({ type }) => !accepted.has(type)).map(({ type }) =>
      html`<option selected=${type === name}>${type}</option>`
    )
  }</optgroup>
    </select></label>
    ${chosen && html`<${EventForm} key=${name} declared=${chosen} context=${at.context} onAdd=${onAdd} />`}
    ${
    open.length > 0 && html`
      <div class="next-list">
        <p><span class="quiet">or</span>
            <span class="offers">${open.map((effect) =>
              effect.kind === "timer"
                ? html`<button class="button" onClick=${() =>
                  onAdd({ fire: effect.id })}>◷ ${effect.what} fires</button>`
                : html`<button class="button" onClick=${() =>
                  onAdd({ fail: { effect: effect.id, message: "It failed" } })}>⚙ ${effect.what} fails</button>`
            )}
            </span></p>
      </div>
    `
  }
  </section>`;
}

function EventForm({ declared, context, onAdd }) {
  const [data, setData] = useState(() => initialOf(declared, context));
  const submit = (event) => {
    event.preventDefault();
    onAdd({ event: { type: declared.type, ...data }, by: declared.by });
  };
  return html`
    <form class="form" onSubmit=${submit}>
      <${SchemaForm} schema=${declared.schema} value=${data} onChange=${setData} />
      <footer><button class="button primary">Try ${declared.type}</button></footer>
    </form>
  `;
}

function Export({ text, onReset }) {
  return html`<div class="export"><button class="button" onClick=${onReset}>Start again</button>
    <details><summary>As a test <${Copied} text=${text} label="Copy the test">copy<//></summary><pre tabindex="0">${text}</pre></details></div>`;
}
