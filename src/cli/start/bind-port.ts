/** A port for a server: the one that was asked for, or the next one that is free. */
import type { Server } from "node:net";
import { StatewrightError } from "../../kernel/errors.ts";

export interface PortWish {
  readonly host: string;
  /** 0: any. */
  readonly port: number;
  /** True: no other port will do. */
  readonly portIsFixed: boolean;
}

export interface BoundServer<S> {
  readonly server: S;
  readonly port: number;
  /** As people would type it. */
  readonly url: string;
}

/** How many ports are tried after the first. */
const NEIGHBOURS = 50;

/**
 * @param variable what people set to choose the port
 * @throws StatewrightError `UNAVAILABLE` when there is no port to be had, `USAGE` for an address that is not ours
 */
export async function bindPort<S extends Pick<Server, "listen" | "once" | "off" | "address">>(
  createServer: () => S,
  variable: "HTTP_PORT" | "GRPC_PORT",
  { host, port, portIsFixed }: PortWish,
): Promise<BoundServer<S>> {
  const last = portIsFixed || port === 0 ? port : Math.min(port + NEIGHBOURS, 65_535);
  for (let candidate = port; candidate <= last; candidate++) {
    const server = createServer();
    try {
      const actual = await bind(server, host, candidate);
      return { server, port: actual, url: `http://${hostInUrl(host)}:${actual}` };
    } catch (thrown) {
      if (errorCode(thrown) !== "EADDRINUSE") throw cannotListen(thrown, host, variable, candidate);
    }
  }
  const what = portIsFixed ? `${variable}=${port} is taken` : `Every port from ${port} to ${last} is taken`;
  throw new StatewrightError(
    "UNAVAILABLE",
    `${what} on ${host}. End what listens there, or choose another: ${variable}=${port + 1000} npm start`,
  );
}

function bind(
  server: Pick<Server, "listen" | "once" | "off" | "address">,
  host: string,
  port: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function cannotListen(thrown: unknown, host: string, variable: string, port: number): StatewrightError {
  switch (errorCode(thrown)) {
    case "EACCES":
      return new StatewrightError(
        "USAGE",
        `${variable}: this user may not listen on port ${port}. Example: ${variable}=8080`,
      );
    case "EADDRNOTAVAIL":
    case "EINVAL": // Deno's word for it.
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new StatewrightError("USAGE", `HOST: ${host} is no address of this machine. Example: HOST=127.0.0.1`);
    default:
      return StatewrightError.from(thrown);
  }
}

/** Wildcards and the loopback address are reached as localhost, IPv6 needs brackets. */
function hostInUrl(host: string): string {
  if (["127.0.0.1", "::1", "0.0.0.0", "::"].includes(host)) return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

function errorCode(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
}
