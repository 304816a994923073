/** Numbers, times and names as people read them. */
const whole = new Intl.NumberFormat("en");
const exactly = new Intl.DateTimeFormat("en-GB", {
  dateStyle: "medium",
  timeStyle: "medium",
});

export const count = (n) => whole.format(n);

/** `1 order`, `2 orders`. */
export const many = (n, noun, nouns = `${noun}s`) => `${count(n)} ${n === 1 ? noun : nouns}`;

export const percent = (share) => `${Math.round(share * 100)} %`;

/** `12 ms`, `3.4 s`, `5 min 10 s`, `2 h 5 min`, `6 d 23 h`. */
export function duration(ms) {
  const abs = Math.max(0, ms);
  if (abs < 1_000) return `${Math.round(abs)} ms`;
  if (abs < 10_000) return `${(abs / 1_000).toFixed(1)} s`;
  const s = Math.floor(abs / 1_000);
  if (s < 60) return `${s} s`;
  if (s < 3_600) return two(s, 60, "min", 1, "s");
  if (s < 86_400) return two(s, 3_600, "h", 60, "min");
  return two(s, 86_400, "d", 3_600, "h");
}

function two(seconds, big, bigUnit, small, smallUnit) {
  const rest = Math.floor((seconds % big) / small);
  return `${Math.floor(seconds / big)} ${bigUnit}${rest ? ` ${rest} ${smallUnit}` : ""}`;
}

/** `just now`, `12 s ago`, `3 h ago`, and in the future `in 6 d`. */
export function relative(at, now) {
  const away = Math.abs(now - at);
  if (away < 2_000) return now >= at ? "just now" : "now";
  const [big, unit] = duration(away < 60_000 ? Math.floor(away / 1_000) * 1_000 : away).split(" ");
  const text = `${Math.floor(Number(big))} ${unit}`;
  return now >= at ? `${text} ago` : `in ${text}`;
}

/** `23 Nov 2026, 10:46:01.123` */
export const exact = (at) => `${exactly.format(at)}.${String(Math.floor(at) % 1_000).padStart(3, "0")}`;

/** `10:46:01.123` */
export function clockTime(at) {
  const date = new Date(at);
  const pad = (n, width = 2) => String(n).padStart(width, "0");
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${
    pad(date.getMilliseconds(), 3)
  }`;
}

/** `01990a5d…8057`: long ids are cut in their middle. */
export const shortId = (id) => id.length > 16 ? `${id.slice(0, 8)}…${id.slice(-4)}` : id;

export function shortStream(stream) {
  const cut = stream.indexOf("/");
  return `${stream.slice(0, cut + 1)}${shortId(stream.slice(cut + 1))}`;
}

/** `compensating.refunding` → `refunding`, the words between capitals kept; the root is the machine itself. */
export const leaf = (path) => path.split(" | ").map((part) => part.split(".").at(-1)).join(" | ") || "—";

/** `StockReserved` → `["Stock", "Reserved"]` */
export const words = (name) => name.split(/(?<=[a-z0-9])(?=[A-Z])/);
