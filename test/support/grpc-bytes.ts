/** gRPC calls that no client would make: whatever bytes, over HTTP/2, and what they are refused with. */
import { connect } from "node:http2";
import { Code } from "@connectrpc/connect";

export interface Refusal {
  readonly code: string;
  /** Of `google.rpc.ErrorInfo`. */
  readonly reason: string | undefined;
}

/** Sends bytes as a gRPC call, as they stand. */
export function callWithBytes(
  url: string,
  path: string,
  bytes: Uint8Array,
  headers: Record<string, string> = {},
): Promise<Refusal> {
  return new Promise((resolve, reject) => {
    const session = connect(url);
    const stream = session.request({
      ":method": "POST",
      ":path": `/${path}`,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    let head: Record<string, unknown> = {};
    const done = (trailers: Record<string, unknown>) => {
      const status = trailers["grpc-status"] ?? head["grpc-status"];
      // A `google.rpc.Status`: the reason stands before its domain, with a tag and a length between them.
      const details = Buffer.from(String(trailers["grpc-status-details-bin"] ?? ""), "base64").toString("latin1");
      session.close();
      const code = status === undefined ? String(head[":status"]) : Code[Number(status)] ?? "ok";
      resolve({ code, reason: /([A-Z_]+)[^A-Za-z]{2}statewright/.exec(details)?.[1] });
    };
    let trailers: Record<string, unknown> = {};
    session.on("error", reject);
    stream.on("error", reject);
    stream.on("response", (received) => (head = received));
    stream.on("trailers", (received) => (trailers = received));
    stream.on("end", () => done(trailers));
    stream.resume();
    stream.end(bytes);
  });
}

/** A message as gRPC frames it. @param flags 1: compressed */
export function envelope(bytes: Uint8Array, flags = 0): Uint8Array {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(bytes.byteLength, 1);
  return Buffer.concat([head, bytes]);
}
