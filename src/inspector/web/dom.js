/** Preact and its template tag, in one place for all that draws. */
import htm from "./vendor/htm.js";
import { h } from "./vendor/preact.js";

export const html = htm.bind(h);

/** `["a", wanted && "b"]` → `"a b"`. */
export const classes = (...names) => names.filter(Boolean).join(" ");
