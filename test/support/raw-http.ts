/** HTTP/1.1 as bytes; clients would not let most of what is tried this way pass. */
import { connect } from "node:net";

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Sends bytes as they are and reads the first answer. @param ends says that no more will come */
export function sendRaw(port: number, request: Uint8Array, { ends = false } = {}): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }, () => {
      socket.write(request);
      if (ends) socket.end();
    });
    let said = "";
    const read = () => {
      const [head = "", text = ""] = said.split("\r\n\r\n", 2);
      const [statusLine = "", ...lines] = head.split("\r\n");
      const headers = new Headers(lines.map((line): [string, string] => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1).trim()];
      }));
      const isWhole = text.length >= Number(headers.get("content-length") ?? Infinity);
      if (!isWhole && !(headers.get("transfer-encoding") === "chunked" && said.endsWith("0\r\n\r\n"))) return;
      socket.destroy();
      resolve({ status: Number(statusLine.split(" ")[1]), headers, text });
    };
    socket.setTimeout(5_000, () => socket.destroy(new Error("no answer")));
    socket.on("data", (chunk) => {
      said += chunk.toString();
      read();
    });
    // Whoever is answered before all is sent may find the line cut.
    socket.on("error", (error) => (said === "" ? reject(error) : undefined));
    socket.on("close", () => reject(new Error(`closed after: ${said.slice(0, 200)}`)));
  });
}
