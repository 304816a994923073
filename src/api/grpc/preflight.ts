/**
 * Looks at the one message of a unary call before the protocol library does. What the library would answer with a code
 * and words of its own (bytes that are no message, JSON with a key twice) is refused like everything else that is wrong.
 */
import { Buffer } from "node:buffer";
import { type DescMethod, fromBinary, fromJson, type JsonValue } from "@bufbuild/protobuf";
import type { UniversalHandler, UniversalServerRequest } from "@connectrpc/connect/protocol";
import { StatewrightError } from "../../kernel/errors.ts";
import { readJson } from "../strict-json.ts";
import { toConnectError } from "./errors.ts";
import { traceIdOf } from "./trace.ts";

/** 1 MiB. */
export const MAX_MESSAGE_BYTES = 1_048_576;

/** A flag and a length before each message of gRPC. */
const ENVELOPE_BYTES = 5;

export function withPreflight(handler: UniversalHandler): UniversalHandler {
  if (handler.method.methodKind !== "unary") return handler;
  const handle = (request: UniversalServerRequest) => {
    // The library would refuse by this alone.
    const header = new Headers(request.header);
    header.delete("content-length");
    return handler({ ...request, header, body: checked(request, handler.method) });
  };
  return Object.assign(handle, handler);
}

/** The body once it is all there and can be read; where it cannot, reading it fails with an error for the caller. */
async function* checked({ body, header }: UniversalServerRequest, method: DescMethod): AsyncGenerator<Uint8Array> {
  try {
    const bytes = await collect(body as AsyncIterable<Uint8Array>);
    const content = messageIn(bytes, header);
    if (content !== undefined) requireReadable(content, method);
    yield bytes;
  } catch (thrown) {
    throw toConnectError(StatewrightError.from(thrown), traceIdOf(header));
  }
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Not a `for await`, which closes what it leaves, and with it the stream that the answer takes.
  const reader = body[Symbol.asyncIterator]();
  for (let next = await reader.next(); next.done !== true; next = await reader.next()) {
    size += next.value.byteLength;
    if (size > MAX_MESSAGE_BYTES + ENVELOPE_BYTES) {
      throw new StatewrightError("TOO_LARGE", `A message may have ${MAX_MESSAGE_BYTES} bytes`);
    }
    chunks.push(next.value);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

interface Content {
  readonly isJson: boolean;
  readonly bytes: Uint8Array;
}

/** Undefined for what is compressed, or in an envelope that is none: the library knows what to do. */
function messageIn(bytes: Uint8Array, header: Headers): Content | undefined {
  const type = header.get("content-type") ?? "";
  const isJson = /[/+]json\b/.test(type);
  if (!type.startsWith("application/grpc")) {
    return header.get("content-encoding") === null ? { isJson, bytes } : undefined;
  }
  const isPlain = bytes.byteLength >= ENVELOPE_BYTES && bytes[0] === 0 &&
    new DataView(bytes.buffer, bytes.byteOffset).getUint32(1) === bytes.byteLength - ENVELOPE_BYTES;
  return isPlain ? { isJson, bytes: bytes.subarray(ENVELOPE_BYTES) } : undefined;
}

function requireReadable({ isJson, bytes }: Content, { input }: DescMethod): void {
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
