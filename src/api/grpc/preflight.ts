/**
 * Looks at the one message of a unary call before the protocol library does. What the library would answer with a code
 * and words of its own (bytes that are no message, JSON with a key twice) is refused like everything else that is wrong.
 */
import { Buffer } from "node:buffer";
import { type DescMethod, fromBinary, fromJson, type JsonValue } from "@bufbuild/protobuf";
import { compressionGzip } from "@connectrpc/connect-node";
import type { UniversalHandler, UniversalServerRequest } from "@connectrpc/connect/protocol";
import { StatewrightError } from "../../kernel/errors.ts";
import { readJson } from "../strict-json.ts";
import { toConnectError, toStatewrightError } from "./errors.ts";
import { traceIdOf } from "./trace.ts";

/** 1 MiB. */
export const MAX_MESSAGE_BYTES = 1_048_576;

/** A flag and a length before each message of gRPC. */
const ENVELOPE_BYTES = 5;

export function withPreflight(handler: UniversalHandler): UniversalHandler {
  if (handler.method.methodKind !== "unary") return handler;
  const handle = (request: UniversalServerRequest) => {
    const header = new Headers(request.header);
    // The library would refuse by its length alone, and would inflate what comes inflated from here.
    header.delete("content-length");
    if (header.get("content-encoding") === compressionGzip.name) header.delete("content-encoding");
    return handler({ ...request, header, body: checked(request, handler.method) });
  };
  return Object.assign(handle, handler);
}

/** The body once it is all there and can be read; where it cannot, reading it fails with an error for the caller. */
async function* checked({ body, header }: UniversalServerRequest, method: DescMethod): AsyncGenerator<Uint8Array> {
  try {
    const isGrpc = (header.get("content-type") ?? "").startsWith("application/grpc");
    const maxBytes = MAX_MESSAGE_BYTES + (isGrpc ? ENVELOPE_BYTES : 0);
    if (Number(header.get("content-length") ?? 0) > maxBytes) throw tooLarge();
    const bytes = await collect(body as AsyncIterable<Uint8Array>, maxBytes);
    const message = await (isGrpc ? messageInEnvelope(bytes, header) : messageIn(bytes, header));
    if (message !== undefined) requireReadable(message, header, method);
    yield message === undefined ? bytes : isGrpc ? inEnvelope(message) : message;
  } catch (thrown) {
    const error = toStatewrightError(thrown);
    throw error instanceof StatewrightError ? toConnectError(error, traceIdOf(header)) : error;
  }
}

async function collect(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Not a `for await`, which closes what it leaves, and with it the stream that the answer takes.
  const reader = body[Symbol.asyncIterator]();
  for (let next = await reader.next(); next.done !== true; next = await reader.next()) {
    size += next.value.byteLength;
    if (size > maxBytes) throw tooLarge();
    chunks.push(next.value);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

function tooLarge(): StatewrightError {
  return new StatewrightError("TOO_LARGE", `A message may have ${MAX_MESSAGE_BYTES} bytes`);
}

/** Connect's body is the message. Undefined when it is compressed in a way that the library refuses. */
async function messageIn(bytes: Uint8Array, header: Headers): Promise<Uint8Array | undefined> {
  const encoding = header.get("content-encoding") ?? "identity";
  if (encoding === compressionGzip.name) return await compressionGzip.decompress(bytes, MAX_MESSAGE_BYTES);
  return encoding === "identity" ? bytes : undefined;
}

/** Undefined for an envelope that is none, or is more than one: the library knows what to say. */
async function messageInEnvelope(bytes: Uint8Array, header: Headers): Promise<Uint8Array | undefined> {
  const message = bytes.subarray(ENVELOPE_BYTES);
  if (bytes.byteLength < ENVELOPE_BYTES || Buffer.from(bytes).readUInt32BE(1) !== message.byteLength) return undefined;
  if (bytes[0] === 0) return message;
  const isGzipped = bytes[0] === 1 && header.get("grpc-encoding") === compressionGzip.name;
  return isGzipped ? await compressionGzip.decompress(message, MAX_MESSAGE_BYTES) : undefined;
}

function inEnvelope(message: Uint8Array): Uint8Array {
  const head = Buffer.alloc(ENVELOPE_BYTES);
  head.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([head, message]);
}

function requireReadable(bytes: Uint8Array, header: Headers, { input }: DescMethod): void {
  const isJson = /[/+]json\b/.test(header.get("content-type") ?? "");
  const value = isJson ? readJson(decode(bytes)) : undefined;
  try {
    if (isJson) fromJson(input, value as JsonValue);
    else fromBinary(input, bytes);
  } catch (thrown) {
    const detail = thrown instanceof Error ? thrown.message.toWellFormed().slice(0, 300) : String(thrown);
    throw new StatewrightError(/is unknown$|unknown key/.test(detail) ? "UNKNOWN_FIELD" : "MALFORMED", detail);
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new StatewrightError("MALFORMED", "The body is not UTF-8");
  }
}
