/** Light, dark, or what the system says. */
const KEY = "statewright.theme";
const ORDER = ["system", "light", "dark"];

export function theme() {
  const stored = localStorage.getItem(KEY);
  return ORDER.includes(stored) ? stored : "system";
}

export function startTheme() {
  apply(theme());
}

/** The next of system, light, dark. @returns its name */
export function nextTheme() {
  const next = ORDER[(ORDER.indexOf(theme()) + 1) % ORDER.length];
  localStorage.setItem(KEY, next);
  apply(next);
  return next;
}

function apply(name) {
  if (name === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
}
