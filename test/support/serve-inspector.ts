/** The inspector behind real HTTP, with a wire that can be cut. */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Inspector } from "../../src/inspector/inspector.ts";

export interface ServedInspector {
  /** Where its pages lie, with a slash at the end. */
  readonly root: string;
  /** Ends every connection and takes no new one. */
  cut(): Promise<void>;
  resume(): Promise<void>;
  close(): Promise<void>;
}

export async function serveInspector(inspector: Inspector): Promise<ServedInspector> {
  const server = createServer(getRequestListener(inspector.app.fetch) as RequestListener);
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const cut = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return { root: `http://127.0.0.1:${port}/inspect/`, cut, resume: () => listen(port), close: cut };
}
