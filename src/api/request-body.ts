/** The body of a request: media type, size, bytes, text, JSON, in this order. */
import { Buffer } from "node:buffer";
import { StatewrightError } from "../kernel/errors.ts";
import { readJson } from "./strict-json.ts";

/** 1 MiB. */
export const MAX_BODY_BYTES = 1_048_576;

/** A PATCH may say that its `null`s take away (RFC 7396), which they do in any case. */
const JSON_TYPE = /^application\/(?:merge-patch\+)?json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/**
 * The JSON of a request.
 * @throws StatewrightError `UNSUPPORTED_MEDIA_TYPE`, `TOO_LARGE`, or what {@link readJson} throws
 */
export async function readJsonBody(request: Request): Promise<unknown> {
  if (!JSON_TYPE.test(request.headers.get("content-type") ?? "")) {
    throw new StatewrightError("UNSUPPORTED_MEDIA_TYPE", "Send the body as `Content-Type: application/json`, in UTF-8");
  }
  const encoding = request.headers.get("content-encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    throw new StatewrightError("UNSUPPORTED_MEDIA_TYPE", "Send the body as it is, without a Content-Encoding");
  }
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  return readJson(decode(await readBytes(request)));
}

async function readBytes(request: Request): Promise<Uint8Array> {
  try {
    return await collect(request);
  } catch (thrown) {
    if (thrown instanceof StatewrightError) throw thrown;
    throw new StatewrightError("MALFORMED", "The body broke off", { cause: thrown });
  }
}

async function collect(request: Request): Promise<Uint8Array> {
  // A declared length is enforced by the server below; only a body without one has to be counted.
  if (request.headers.has("content-length")) return new Uint8Array(await request.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

// A byte order mark stays in the text, where JSON refuses it.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new StatewrightError("MALFORMED", "The body is not UTF-8");
  }
}

function tooLarge(): StatewrightError {
  return new StatewrightError("TOO_LARGE", `A request may have ${MAX_BODY_BYTES} bytes`);
}
