/** The page's own files, as they lie in `web/`, and the libraries that it uses, from their packages. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Context } from "hono";
import { StatewrightError } from "../kernel/errors.ts";
import { HEADERS } from "./answering.ts";

const WEB = new URL("web/", import.meta.url);

/** Modules of packages; a browser knows no bare names. */
const VENDOR: Readonly<Record<string, string>> = {
  "vendor/preact.js": "preact",
  "vendor/hooks.js": "preact/hooks",
  "vendor/htm.js": "htm",
};

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  ico: "image/x-icon",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  png: "image/png",
  svg: "image/svg+xml",
  woff2: "font/woff2",
};

const PAGE_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
  "connect-src 'self'; font-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

interface WebFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly zipped: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly etag: string;
}

const zip = promisify(gzip);
const locate = createRequire(import.meta.url).resolve;

/** Serves a path below the inspector's root; every one without an extension is the page itself. */
export async function answerFile(c: Context, path: string): Promise<Response> {
  const file = await openFile(/\.[a-z0-9]+$/.test(path) ? path : "index.html");
  const headers = {
    ...HEADERS,
    "content-security-policy": PAGE_POLICY,
    "content-type": file.type,
    etag: file.etag,
    vary: "Accept-Encoding",
  };
  if (c.req.header("if-none-match")?.includes(file.etag)) return c.body(null, 304, headers);
  if (!/\bgzip\b/.test(c.req.header("accept-encoding") ?? "")) return c.body(file.bytes, 200, headers);
  return c.body(file.zipped, 200, { ...headers, "content-encoding": "gzip" });
}

/** @throws StatewrightError `NOT_FOUND` */
async function openFile(path: string): Promise<WebFile> {
  const type = TYPES[path.slice(path.lastIndexOf(".") + 1)];
  if (type === undefined || !/^[a-z0-9-]+(\/[a-z0-9-]+)*\.[a-z0-9]+$/.test(path)) throw missing();
  const bytes = await read(path);
  const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
  return { bytes, zipped: new Uint8Array(await zip(bytes)), type, etag };
}

async function read(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const vendored = VENDOR[path];
  try {
    if (vendored === undefined) return new Uint8Array(await readFile(fileURLToPath(new URL(path, WEB))));
    // Each package has its module beside what `require` finds. It names others by package; here they lie side by side.
    const text = await readFile(locate(vendored).replace(/\.js$/, ".module.js"), "utf8");
    return new TextEncoder().encode(text.replaceAll(/from\s*"preact"/g, 'from"./preact.js"'));
  } catch {
    throw missing();
  }
}

function missing(): StatewrightError {
  return new StatewrightError("NOT_FOUND", "There is no such file");
}
