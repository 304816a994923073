/** Who may import whom: the house of docs/architecture.md as a table, and the shape of the whole graph. */
import type { SourceFile } from "../source-tree.ts";

interface Tenant {
  /** A file, or a folder with a closing slash. The first row that fits a file is its row. */
  readonly where: string;
  /** The files and folders of ours it may import, besides its own folder. */
  readonly may: readonly string[];
  /** The npm packages it may import. */
  readonly packages: readonly string[];
  /** The built-in modules it may import besides the pure ones. */
  readonly builtins: readonly string[];
}

const PURE_BUILTINS = ["node:buffer", "node:crypto", "node:events", "node:util"];
const ANY_BUILTIN = ["node:"];

const STORE_CONTRACT = [
  "src/store/audit.ts",
  "src/store/standing.ts",
  "src/store/store.ts",
  "src/store/histories.ts",
  "src/store/leases.ts",
  "src/store/read-models.ts",
  "src/store/subscriptions.ts",
  "src/store/transaction.ts",
];
const BUS_CONTRACT = ["src/messaging/bus.ts", "src/messaging/task-queues.ts"];
const READER_CONTRACT = ["src/projection/projection.ts", "src/projection/subscription.ts"];
const RUNTIME_FACE = ["src/runtime/definition.ts", "src/runtime/operations.ts", "src/runtime/receipt.ts"];
/** The pure half of the runtime: what is accepted, what it leads to, what is asked for. */
const RUNTIME_STEP = [
  "src/runtime/acceptance.ts",
  "src/runtime/actor-state.ts",
  "src/runtime/effects.ts",
  "src/runtime/machine-event.ts",
  "src/runtime/machine-versions.ts",
  "src/runtime/outcome-names.ts",
  "src/runtime/outcomes.ts",
  "src/runtime/record.ts",
  "src/runtime/register.ts",
];
const EVERYTHING = [
  "machines/",
  "src/api/",
  "src/config.ts",
  "src/environment.ts",
  "src/inspector/",
  "src/kernel/",
  "src/messaging/",
  "src/projection/",
  "src/runtime/",
  "src/shop/",
  "src/store/",
];
const ROOT_PACKAGES = ["@hono/node-server", "citty", "hono", "xstate", "zod"];

export const HOUSE: readonly Tenant[] = [
  { where: "src/main.ts", may: [...EVERYTHING, "src/cli/"], packages: ROOT_PACKAGES, builtins: ANY_BUILTIN },
  {
    where: "src/cli/start/tracing.ts",
    may: ["src/environment.ts", "src/kernel/"],
    packages: [
      "@opentelemetry/api",
      "@opentelemetry/context-async-hooks",
      "@opentelemetry/exporter-trace-otlp-http",
      "@opentelemetry/resources",
      "@opentelemetry/sdk-trace",
    ],
    builtins: [],
  },
  { where: "src/cli/", may: EVERYTHING, packages: ROOT_PACKAGES, builtins: ANY_BUILTIN },
  { where: "src/config.ts", may: ["src/environment.ts", "src/kernel/"], packages: ["zod"], builtins: ANY_BUILTIN },
  { where: "src/environment.ts", may: ["src/kernel/"], packages: ["zod"], builtins: ANY_BUILTIN },
  {
    where: "src/mod.ts",
    may: [
      "machines/actor-ref.ts",
      "src/kernel/",
      "src/messaging/",
      "src/projection/",
      "src/runtime/",
      "src/store/",
      "src/test-kit/",
    ],
    packages: [],
    builtins: [],
  },
  {
    where: "src/api/grpc/",
    may: ["src/api/", "src/shop/", ...RUNTIME_FACE, "src/projection/", "src/kernel/", "proto/gen/"],
    packages: ["@bufbuild/protobuf", "@bufbuild/protovalidate", "@connectrpc/connect", "@connectrpc/connect-node"],
    builtins: [],
  },
  {
    where: "src/api/graphql/",
    may: ["src/api/", "src/shop/", ...RUNTIME_FACE, "src/projection/", "src/kernel/"],
    packages: [
      "@escape.tech/graphql-armor",
      "@graphql-yoga/render-graphiql",
      "@pothos/core",
      "@pothos/plugin-relay",
      "dataloader",
      "graphql",
      "graphql-ws",
      "graphql-yoga",
      "ws",
      "zod",
    ],
    builtins: ["node:http"],
  },
  {
    where: "src/api/",
    may: [
      "src/shop/",
      ...RUNTIME_FACE,
      "src/runtime/outcome-names.ts",
      "src/projection/",
      "src/messaging/task-queues.ts",
      "src/kernel/",
      "proto/gen/",
    ],
    packages: ["fast-xml-parser", "hono", "jose", "zod"],
    builtins: ["node:async_hooks"],
  },
  {
    // What would happen is computed by the very step that makes it happen; `web/` is served as it lies there.
    where: "src/inspector/",
    may: [
      "src/api/access.ts",
      "src/api/path-of.ts",
      "src/api/problems.ts",
      "src/api/strict-json.ts",
      "src/api/validation.ts",
      "src/shop/",
      ...RUNTIME_FACE,
      ...RUNTIME_STEP,
      "src/runtime/operations.ts",
      "src/projection/",
      "src/kernel/",
    ],
    packages: ["elkjs", "hono", "xstate", "zod"],
    builtins: ["node:buffer", "node:fs/promises", "node:module", "node:url", "node:zlib"],
  },
  {
    where: "src/shop/",
    may: ["machines/", ...RUNTIME_FACE, ...READER_CONTRACT, ...BUS_CONTRACT, "src/kernel/"],
    packages: ["hono", "xstate", "zod"],
    builtins: [],
  },
  {
    // Files, because a machine is known by the bytes of its folder.
    where: "src/runtime/",
    may: [
      ...STORE_CONTRACT,
      ...BUS_CONTRACT,
      "src/messaging/node-link.ts",
      "src/messaging/remote-work.ts",
      "src/kernel/",
    ],
    packages: ["xstate"],
    builtins: ["node:fs", "node:path", "node:url"],
  },
  {
    where: "src/test-kit/",
    may: [...RUNTIME_FACE, ...RUNTIME_STEP, "src/runtime/given.ts", "src/runtime/step.ts"],
    packages: ["xstate"],
    builtins: [],
  },
  { where: "src/projection/", may: [...STORE_CONTRACT, ...BUS_CONTRACT, "src/kernel/"], packages: [], builtins: [] },
  {
    where: "src/messaging/jetstream/",
    may: ["src/messaging/", "src/kernel/"],
    packages: ["@nats-io/jetstream", "@nats-io/transport-node"],
    builtins: [],
  },
  { where: "src/messaging/", may: ["src/kernel/"], packages: [], builtins: [] },
  {
    where: "src/store/embedded/",
    may: [...STORE_CONTRACT, "src/kernel/"],
    packages: ["postgres"],
    builtins: ANY_BUILTIN,
  },
  {
    where: "src/store/postgres/",
    may: [...STORE_CONTRACT, "src/kernel/"],
    packages: ["postgres"],
    builtins: ANY_BUILTIN,
  },
  { where: "src/store/", may: ["src/kernel/"], packages: [], builtins: [] },
  { where: "src/kernel/", may: [], packages: ["@opentelemetry/api", "pino", "prom-client", "uuidv7"], builtins: [] },
  { where: "machines/", may: [], packages: ["xstate", "zod"], builtins: [] },
];

/** Every import of `src` and `machines` that the house does not allow. */
export function forbiddenImports(files: readonly SourceFile[]): string[] {
  return files.filter(({ path }) => !path.startsWith("test/")).flatMap((file) => {
    const tenant = HOUSE.find(({ where }) => covers(where, file.path));
    if (tenant === undefined) {
      return [
        `${file.path}:1 is in no folder of the house: move it, or add a row to HOUSE and to docs/architecture.md`,
      ];
    }
    return file.imports
      .filter(({ specifier, target }) =>
        !(target === undefined ? mayUse(tenant, specifier) : mayReach(tenant, file.path, target))
      )
      .map(({ specifier, target, line }) =>
        `${file.path}:${line} ${tenant.where} may not import ${target ?? specifier}: ${advice(tenant, target)}`
      );
  });
}

function covers(where: string, path: string): boolean {
  return where.endsWith("/") ? path.startsWith(where) : path === where;
}

function mayReach(tenant: Tenant, path: string, target: string): boolean {
  if (tenant.where === "machines/") return machineMayReach(path, target);
  const own = tenant.where.endsWith("/") && target.startsWith(tenant.where) && !isNested(tenant, target);
  return own || tenant.may.some((where) => covers(where, target));
}

/** `src/store/postgres/` is no part of `src/store/`'s own folder: it has a row of its own. */
function isNested(tenant: Tenant, target: string): boolean {
  return HOUSE.find(({ where }) => covers(where, target)) !== tenant;
}

/** A machine sees its own folder, the facts of the others, and the two files they share. */
function machineMayReach(path: string, target: string): boolean {
  const [, folder] = path.split("/");
  const shared = ["machines/money.ts", "machines/actor-ref.ts"].includes(target);
  return shared || target.startsWith(`machines/${folder}/`) || /^machines\/[a-z-]+\/events\.ts$/.test(target);
}

function mayUse(tenant: Tenant, specifier: string): boolean {
  if (specifier.startsWith("node:")) {
    const allowed = tenant.where === "machines/" ? [] : [...PURE_BUILTINS, ...tenant.builtins];
    return allowed.some((builtin) => builtin === "node:" || specifier === builtin);
  }
  return tenant.packages.some((name) => specifier === name || specifier.startsWith(`${name}/`));
}

function advice(tenant: Tenant, target: string | undefined): string {
  if (target === undefined) {
    return "keep packages and I/O in the folder whose business they are, and pass in what you need";
  }
  if (target === "src/main.ts" || target.startsWith("src/cli/")) return "only the composition roots import each other";
  return `it may import ${tenant.may.join(", ") || "nothing of ours"}; turn the dependency round or pass it in`;
}

/** Every import cycle, imports of types included: each once, as the files on it. */
export function importCycles(files: readonly SourceFile[]): string[] {
  const graph = new Map(files.map(({ path, imports }) => [path, imports.flatMap(({ target }) => target ?? [])]));
  return stronglyConnected(graph).map((knot) =>
    `${
      knot.toSorted().join(" ↔ ")
    }: these import each other; give each half the narrow interface it needs, in a file of its own`
  );
}

/** Tarjan's algorithm; only components of two or more files, and files that import themselves. */
function stronglyConnected(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const knots: string[][] = [];
  const visit = (path: string): number => {
    const number = index.size;
    index.set(path, number);
    low.set(path, number);
    stack.push(path);
    for (const next of graph.get(path) ?? []) {
      if (!index.has(next)) low.set(path, Math.min(low.get(path) ?? number, visit(next)));
      else if (stack.includes(next)) low.set(path, Math.min(low.get(path) ?? number, index.get(next) ?? number));
    }
    if (low.get(path) === number) {
      const knot = stack.splice(stack.indexOf(path));
      if (knot.length > 1 || graph.get(path)?.includes(path)) knots.push(knot);
    }
    return low.get(path) ?? number;
  };
  for (const path of graph.keys()) if (!index.has(path)) visit(path);
  return knots;
}

/** Files of `src` and `machines` that nothing reaches from the given files. */
export function unreachedFiles(files: readonly SourceFile[], roots: readonly string[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const reached = new Set<string>();
  const queue = [...roots];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    for (const { target } of byPath.get(path)?.imports ?? []) if (target !== undefined) queue.push(target);
  }
  return files.map(({ path }) => path).filter((path) => !path.startsWith("test/") && !reached.has(path))
    .map((path) => `${path}:1 is reached by nothing that runs: use it or delete it`);
}
