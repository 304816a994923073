/**
 * A nats-server with JetStream that lives no longer than this process: a small shell reads from a pipe that only this
 * process writes to, and ends the server when the pipe closes.
 */
import { spawn } from "node:child_process";
import { connect } from "node:net";
import { sleep, systemClock } from "../../kernel/clock.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import { freePort } from "../../store/embedded/free-port.ts";

export interface NatsProcess {
  /** `nats://127.0.0.1:<port>` */
  readonly url: string;
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

const KEEPER = `
exec 3<&0 </dev/null
"$@" 3<&- >/dev/null 2>&1 &
server=$!
( read -r _ <&3; kill -TERM "$server" ) >/dev/null 2>&1 &
keeper=$!
exec 3<&-
wait "$server"
kill -TERM "$keeper" 2>/dev/null
`;

const START_DEADLINE_MS = 10_000;
const POLL_MS = 20;

/**
 * @param binary the server's program
 * @param storeFolder where JetStream keeps its files
 * @throws StatewrightError `UNAVAILABLE` when it does not take connections within 10 s
 */
export async function startNats(binary: string, storeFolder: string): Promise<NatsProcess> {
  const port = await freePort();
  const command = [binary, "-js", "-sd", storeFolder, "-a", "127.0.0.1", "-p", String(port)];
  const keeper = spawn("/bin/sh", ["-c", KEEPER, "statewright-nats", ...command], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const ended = new Promise<void>((resolve) => {
    keeper.once("exit", () => resolve());
    keeper.once("error", () => resolve());
  });
  keeper.stdin.on("error", () => {});
  const stop = async () => {
    keeper.stdin.destroy();
    await ended;
  };
  let isOver = false;
  void ended.then(() => isOver = true);
  for (let waitedMs = 0; waitedMs < START_DEADLINE_MS && !isOver; waitedMs += POLL_MS) {
    if (await takesConnections(port)) return { url: `nats://127.0.0.1:${port}`, ended, stop };
    await sleep(systemClock, POLL_MS);
  }
  await stop();
  throw new StatewrightError("UNAVAILABLE", `${binary} did not start. Try it by hand: ${command.join(" ")}`);
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const answer = (takes: boolean) => {
      socket.destroy();
      resolve(takes);
    };
    socket.once("connect", () => answer(true)).once("error", () => answer(false));
  });
}
