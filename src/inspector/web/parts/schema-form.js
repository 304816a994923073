/** A form from a JSON Schema, as deep as events are: objects of plain fields; the rest is written as JSON. */
import { html } from "../dom.js";
import { words } from "../format.js";
import { useState } from "../vendor/hooks.js";

/**
 * What a form starts with: what the actor knows under the same name, else a sample.
 * @param {{ sample?: object } | undefined} declared @param {object} [context] the actor's
 */
export function initialOf(declared, context) {
  const fields = Object.entries({ ...declared?.sample });
  const known = (name, sample) => {
    const value = context?.[name] ?? null;
    return value !== null && typeof value === typeof sample && Array.isArray(value) === Array.isArray(sample);
  };
  return Object.fromEntries(fields.map(([name, sample]) => [name, known(name, sample) ? context[name] : sample]));
}

export function SchemaForm({ schema, value, onChange, without = [] }) {
  const fields = Object.entries(schema?.properties ?? {}).filter(([name]) =>
    !without.includes(name) && name !== "type"
  );
  if (fields.length === 0) return null;
  const set = (name, next) => {
    const { [name]: _, ...rest } = value ?? {};
    onChange(next === undefined ? rest : { ...rest, [name]: next });
  };
  return html`<div class="fields">${
    fields.map(([name, field]) =>
      html`
        <${Field} key=${name} name=${name} schema=${field}
          required=${schema.required?.includes(name)} value=${value?.[name]} onChange=${(next) => set(name, next)} />
      `
    )
  }</div>`;
}

function Field({ name, schema, required, value, onChange }) {
  const label = `${words(name).join(" ").toLowerCase()}${required ? "" : " (optional)"}`;
  const text = (event) => onChange(event.target.value === "" && !required ? undefined : event.target.value);
  if (schema.enum) {
    return html`<label>${label}<select onChange=${text}>${
      schema.enum.map((each) => html`<option selected=${each === value}>${each}</option>`)
    }</select></label>`;
  }
  if (schema.type === "boolean") {
    return html`<label class="check"><input type="checkbox" checked=${value === true} onChange=${(e) =>
      onChange(e.target.checked)} />${label}</label>`;
  }
  if (schema.type === "integer" || schema.type === "number") {
    const number = (event) => onChange(event.target.value === "" ? undefined : Number(event.target.value));
    return html`<label>${label}<input type="number" required=${required} min=${schema.minimum} max=${schema.maximum} value=${
      value ?? ""
    } onInput=${number} /></label>`;
  }
  if (schema.type === "string") {
    return html`<label>${label}<input required=${required} maxlength=${schema.maxLength} pattern=${schema.pattern} value=${
      value ?? ""
    } onInput=${text} /></label>`;
  }
  if (schema.type === "object" && schema.properties) {
    return html`
      <fieldset>
        <legend>${label}</legend>
        <${SchemaForm} schema=${schema} value=${value} onChange=${onChange} />
      </fieldset>
    `;
  }
  return html`<${JsonField} label=${label} value=${value} onChange=${onChange} />`;
}

function JsonField({ label, value, onChange }) {
  const [text, setText] = useState(() => value === undefined ? "" : JSON.stringify(value, null, 2));
  const input = (event) => {
    setText(event.target.value);
    try {
      onChange(event.target.value.trim() === "" ? undefined : JSON.parse(event.target.value));
      event.target.setCustomValidity("");
    } catch {
      event.target.setCustomValidity("This is not JSON");
    }
  };
  return html`<label>${label}, as JSON<textarea class="data" rows="3" spellcheck="false" onInput=${input}>${text}</textarea></label>`;
}
