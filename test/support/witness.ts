/** Stands for the world that activities work on: it remembers who asked for what, and answers as the test likes. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { NonRetryableError } from "../../src/runtime/activities.ts";
import type { ActivityContext, LocalActivity } from "../../src/runtime/definition.ts";

/** Work that was asked for. */
export interface Asked {
  /** The actor's stream. */
  readonly actor: string;
  readonly key: string;
  readonly attempt: number;
  readonly input: unknown;
  /** The process that asked. */
  readonly pid: number;
}

/** What the witness says: an output, a failure, or nothing at all. */
export type Answer = { readonly output: unknown } | { readonly error: string; readonly final?: boolean } | "silence";

export interface Witness {
  readonly url: string;
  /** In the order in which it was asked. */
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

export async function startWitness(answerTo: (asked: Asked) => Answer): Promise<Witness> {
  const asked: Asked[] = [];
  const silent = new Set<ServerResponse>();
  async function hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    const one = JSON.parse(body) as Asked;
    asked.push(one);
    const answer = answerTo(one);
    if (answer === "silence") silent.add(response);
    else response.end(JSON.stringify(answer));
  }
  // Whoever asks may die in the middle of it.
  const server = createServer((request, response) => void hear(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`,
    asked,
    close: () =>
      new Promise((resolve) => {
        for (const response of silent) response.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The activity that has its work done by the witness. */
export function workAt(url: string): LocalActivity["run"] {
  return async (input: unknown, { actor, key, attempt, signal }: ActivityContext) => {
    const asked: Asked = { actor: `${actor.type}/${actor.id}`, key, attempt, input, pid: process.pid };
    const response = await fetch(url, { method: "POST", body: JSON.stringify(asked), signal });
    const answer = await response.json() as Exclude<Answer, "silence">;
    if ("output" in answer) return answer.output;
    throw answer.final ? new NonRetryableError(answer.error) : new Error(answer.error);
  };
}
