/**
 * The connection to NATS. It is away whenever it likes, also at the start: it comes back by itself, for ever, and what
 * listens on it listens again then. Nothing of it ends the process.
 */
import {
  type ConnectionOptions,
  credsAuthenticator,
  type Msg,
  type NatsConnection,
  type Subscription,
} from "@nats-io/transport-node";
import { type Clock, sleep } from "../../kernel/clock.ts";
import { plainError, StatewrightError } from "../../kernel/errors.ts";
import type { Logger } from "../../kernel/logger.ts";
import { isNoEntry } from "./failures.ts";
import { connect } from "./transport.ts";

export interface NatsOptions {
  /**
   * `nats://user:password@host:4222` or `nats://token@host`, several with commas between them, of which the first one's
   * user counts. `tls://` demands TLS.
   */
  readonly url: string;
  /** What the server's operator sees this client as. */
  readonly name: string;
  /** The text of a credentials file (JWT and seed). */
  readonly credentials?: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Listening {
  /** Hears no more; resolves when what was on its way here has been handed on, if that is soon. */
  close(): Promise<void>;
}

export interface Nats {
  /** `NATS 2.10.7 at host:4222`. */
  readonly description: string;
  /** @throws StatewrightError `UNAVAILABLE` while no server is connected */
  client(): NatsConnection;
  /** Calls `handle` for the messages of a subject, over reconnects. A handler must not throw. */
  listen(subject: string, handle: (message: Msg) => void): Promise<Listening>;
  /** Resolves when what was sent has reached the server, or will not soon. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** How soon a lost server is tried again, and how long at most between two tries. */
const RETRY_MS = 200;
const MAX_RETRY_MS = 2_000;
/** How long the end of something waits for a server that may be silent. */
const PATIENCE_MS = 1_000;
/** A server that says nothing for two of these is gone. */
const PING_MS = 4_000;

/**
 * Connects. A server that is away is waited for in the background.
 * @throws StatewrightError `USAGE` when a server does not let us in
 */
export async function openNats(options: NatsOptions): Promise<Nats> {
  const connection = new Connection(options);
  await connection.open();
  return connection;
}

interface Listener {
  readonly subject: string;
  readonly handle: (message: Msg) => void;
  /** On the client that is connected, if one is. */
  subscription?: Subscription;
}

class Connection implements Nats {
  readonly #options: NatsOptions;
  readonly #servers: readonly URL[];
  readonly #listeners = new Set<Listener>();
  #client: NatsConnection | undefined;
  #isUp = false;
  #closed = false;

  constructor(options: NatsOptions) {
    this.#options = options;
    this.#servers = serversOf(options.url);
  }

  get description(): string {
    const at = this.#servers.map(({ host }) => host).join(", ");
    const version = this.#client?.info?.version;
    return version === undefined ? `NATS at ${at}` : `NATS ${version} at ${at}`;
  }

  client(): NatsConnection {
    if (this.#isUp && this.#client !== undefined) return this.#client;
    throw new StatewrightError("UNAVAILABLE", `${this.description} is not connected`);
  }

  async open(): Promise<void> {
    try {
      await this.#connect();
    } catch (thrown) {
      if (isNoEntry(thrown)) {
        const said = thrown instanceof Error ? thrown.message : String(thrown);
        throw new StatewrightError("USAGE", `${this.description} does not let us in (${said}); check NATS_URL`, {
          cause: thrown,
        });
      }
      this.#options.logger.warn({ error: plainError(thrown) }, `${this.description} is away; it is tried again`);
      void this.#comeBack();
    }
  }

  async listen(subject: string, handle: (message: Msg) => void): Promise<Listening> {
    const listener: Listener = { subject, handle };
    this.#listeners.add(listener);
    if (this.#client !== undefined) attach(this.#client, listener);
    await this.flush();
    return {
      close: async () => {
        this.#listeners.delete(listener);
        const { subscription } = listener;
        if (subscription === undefined || subscription.isClosed()) return;
        if (this.#isUp) await this.#soon(subscription.drain());
        subscription.unsubscribe();
      },
    };
  }

  async flush(): Promise<void> {
    if (this.#isUp && this.#client !== undefined) await this.#soon(this.#client.flush());
  }

  /** A failure is one of the connection, and made good by the next one. */
  async #soon(work: Promise<void>): Promise<void> {
    await Promise.race([work.catch(() => {}), sleep(this.#options.clock, PATIENCE_MS)]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#isUp = false;
    await this.#client?.close();
  }

  async #connect(): Promise<void> {
    const client = await connect(connectionOptions(this.#options, this.#servers));
    if (this.#closed) return await client.close();
    this.#client = client;
    this.#isUp = true;
    for (const listener of this.#listeners) attach(client, listener);
    void this.#watch(client);
  }

  /** The client reconnects by itself; only when it has given up does another one begin. */
  async #watch(client: NatsConnection): Promise<void> {
    const { logger } = this.#options;
    for await (const status of client.status()) {
      if (status.type === "reconnect") {
        this.#isUp = true;
        logger.info({}, `${this.description} is back`);
      } else if (status.type === "disconnect") {
        this.#isUp = false;
        if (!this.#closed) logger.warn({}, `${this.description} is away; it is tried again`);
      } else if (status.type === "error") {
        logger.warn({ error: plainError(status.error) }, "NATS complains");
      }
    }
    this.#isUp = false;
    await this.#comeBack();
  }

  async #comeBack(): Promise<void> {
    const { clock, logger } = this.#options;
    for (let waitMs = RETRY_MS; !this.#closed; waitMs = Math.min(2 * waitMs, MAX_RETRY_MS)) {
      await sleep(clock, waitMs);
      try {
        if (!this.#closed) return await this.#connect();
      } catch (thrown) {
        const error = plainError(thrown);
        if (isNoEntry(thrown)) logger.error({ error }, `${this.description} does not let us in; check NATS_URL`);
        else logger.debug({ error }, `${this.description} is away`);
      }
    }
  }
}

function attach(client: NatsConnection, listener: Listener): void {
  if (client.isClosed()) return;
  listener.subscription = client.subscribe(listener.subject, {
    callback: (error, message) => {
      if (error === null) listener.handle(message);
    },
  });
}

function serversOf(url: string): URL[] {
  const parts = url.split(",").map((part) => part.trim()).filter((part) => part !== "");
  const servers = parts.map((part) => URL.parse(part.includes("://") ? part : `nats://${part}`));
  if (servers.length > 0 && servers.every((server) => server !== null)) return servers;
  throw new StatewrightError("USAGE", "NATS_URL is no list of URLs such as nats://localhost:4222");
}

function connectionOptions(options: NatsOptions, servers: readonly URL[]): ConnectionOptions {
  const [first] = servers;
  const [user, pass] = [first?.username ?? "", first?.password ?? ""].map(decodeURIComponent);
  const { name, credentials } = options;
  return {
    servers: servers.map(({ hostname, port }) => `${hostname}:${port || 4222}`),
    name,
    timeout: CONNECT_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RETRY_MS,
    reconnectJitter: RETRY_MS,
    reconnectJitterTLS: RETRY_MS,
    pingInterval: PING_MS,
    maxPingOut: 2,
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
    ...(credentials !== undefined
      ? { authenticator: credsAuthenticator(new TextEncoder().encode(credentials)) }
      : user && (pass ? { user, pass } : { token: user })),
    ...(servers.some(({ protocol }) => protocol === "tls:") && { tls: {} }),
  };
}
