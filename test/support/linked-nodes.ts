/** Nodes of this very process over a real Postgres that ask each other over an in-process link. */
import { beforeEach } from "vitest";
import { createMetrics } from "../../src/kernel/metrics.ts";
import { createInProcessLink } from "../../src/messaging/in-process-link.ts";
import type { LinkServer, NodeLink } from "../../src/messaging/node-link.ts";
import type { EventMetadata } from "../../src/runtime/actor-state.ts";
import type { ActorDefinition } from "../../src/runtime/definition.ts";
import { registerActors } from "../../src/runtime/register.ts";
import type { RuntimeOptions } from "../../src/runtime/runtime.ts";
import type { Store } from "../../src/store/store.ts";
import { eventually } from "./eventually.ts";
import { flawsOf } from "./histories.ts";
import { type PostgresNodes, type ToyNode, usePostgresNodes } from "./postgres-nodes.ts";

export interface LinkedNode extends ToyNode {
  /** Nobody reaches it any more, and it reaches nobody; it lives on. */
  cut(): Promise<void>;
  stop(drainMs: number): Promise<void>;
  /** As if its process was stopped: whoever asks it waits in vain. */
  freeze(): void;
  epoch(): number;
  /** A metric's value by its name, with labels as they are printed. */
  metric(name: string): Promise<number>;
}

export interface LinkedNodes extends Omit<PostgresNodes, "start"> {
  /** Resolves once every node that runs knows of it. */
  start(nodeId: string, actors: readonly ActorDefinition[], options?: Partial<RuntimeOptions>): Promise<LinkedNode>;
  /** Runs that were left out by an append, of the test so far. */
  conflicts(): number;
  /** As if a node had not been heard of for long. */
  declareDead(nodeId: string): Promise<unknown>;
  /** The epochs that have written an actor, event by event. */
  writers(actor: string): Promise<number[]>;
  /** What is wrong with the histories of these definitions' actors. */
  flaws(actors: readonly ActorDefinition[]): Promise<string[]>;
}

/** To be called once, at the top of a test file. */
export function useLinkedNodes(): LinkedNodes {
  const nodes = usePostgresNodes();
  let link: NodeLink;
  let conflicts = 0;
  let running: LinkedNode[] = [];
  beforeEach(() => {
    link = createInProcessLink();
    conflicts = 0;
    running = [];
  });

  const counting = (store: Store): Store => ({
    ...store,
    async append(node, runs) {
      const results = await store.append(node, runs);
      conflicts += results.filter(({ outcome }) => outcome === "conflict").length;
      return results;
    },
  });

  return {
    ...nodes,
    conflicts: () => conflicts,
    declareDead: (nodeId) =>
      nodes.database().query(`update nodes set seen_at = seen_at - interval '1 hour' where id = '${nodeId}'`),
    writers: async (actor) =>
      (await nodes.history(actor)).map(({ metadata }) => (JSON.parse(metadata) as EventMetadata).node),
    async flaws(actors) {
      const flaws = await flawsOf(nodes.store(), registerActors(actors));
      // Nodes that live side by side have no order.
      return flaws.filter((flaw) => !flaw.includes(" was written by "));
    },
    async start(nodeId, actors, options = {}) {
      const metrics = createMetrics();
      const line = cuttable(link);
      const node = await nodes.start(actors, {
        nodeId,
        link: line.link,
        metrics,
        ...options,
        store: counting(options.store ?? nodes.store()),
      });
      const leaves = () => void (running = running.filter((other) => other !== linked));
      const linked: LinkedNode = {
        ...node,
        cut: line.cut,
        crash() {
          leaves();
          node.crash();
          void line.cut();
        },
        async stop(drainMs) {
          leaves();
          await node.runtime.stop(drainMs);
        },
        freeze() {
          leaves();
          node.crash();
        },
        epoch: () => node.runtime.members().find(({ id }) => id === nodeId)?.epoch ?? 0,
        async metric(name) {
          const { text } = await metrics.render();
          return Number(text.split("\n").find((row) => row.startsWith(`${name} `))?.slice(name.length + 1) ?? 0);
        },
      };
      running.push(linked);
      await eventually(() => {
        if (running.some(({ runtime }) => !runtime.members().some(({ id }) => id === nodeId))) {
          throw new Error(`Not everybody knows of ${nodeId}`);
        }
      });
      return linked;
    },
  };
}

function cuttable(link: NodeLink): { readonly link: NodeLink; cut(): Promise<void> } {
  const servers: LinkServer[] = [];
  let isCut = false;
  return {
    link: {
      async serve(address, handle) {
        const server = await link.serve(address, handle);
        servers.push(server);
        return server;
      },
      request: (address, request, timeoutMs) => link.request(isCut ? "nowhere" : address, request, timeoutMs),
    },
    async cut() {
      isCut = true;
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}
