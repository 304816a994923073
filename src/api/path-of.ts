/**
 * The path of a request's address. Every request is asked for it by each door before its own, so it is cut out of the
 * text; parsing the whole costs as much as the rest of a door's way.
 * @param url absolute, as `Request.url` has it
 */
export function pathOf(url: string): string {
  const from = url.indexOf("/", url.indexOf("//") + 2);
  if (from === -1) return "/";
  const to = url.slice(from).search(/[?#]/);
  return to === -1 ? url.slice(from) : url.slice(from, from + to);
}
