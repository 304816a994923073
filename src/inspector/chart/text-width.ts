/**
 * How wide a text is at most, in px, without a screen to measure it on. The widths are those of a wide face, so that
 * the system's font, whichever it is, needs no more.
 */
const NARROW = new Set("ijlI.,:;|!'".split(""));
const SLIM = new Set("ftr()[]/ -".split(""));
const WIDE = new Set("mwMW@%→".split(""));

export function textWidth(text: string, fontSize: number, bold = false): number {
  let em = 0;
  for (const character of text) em += emOf(character);
  return Math.ceil(em * fontSize * (bold ? 1.1 : 1));
}

function emOf(character: string): number {
  if (NARROW.has(character)) return 0.31;
  if (SLIM.has(character)) return 0.41;
  if (WIDE.has(character)) return 0.93;
  return character >= "A" && character <= "Z" ? 0.7 : 0.62;
}
