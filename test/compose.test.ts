/** compose.yaml cannot be started here, so it is held against everything that can be known without Docker. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { variableNames } from "../src/environment.ts";
import { COMPOSE_SCHEMA, type ComposeFile } from "./support/compose-schema.ts";
import { eventually } from "./support/eventually.ts";
import { emptyDatabase } from "./support/postgres.ts";
import { killPrograms, runProgram } from "./support/programs.ts";
import { readRepositoryFile, repositoryFiles } from "./support/source-tree.ts";
import { removeTemporaryFolders, temporaryFolder } from "./support/temporary-folder.ts";

const compose: ComposeFile = parse(readRepositoryFile("compose.yaml"));
const { app, migrate, postgres, nats } = compose.services;

describe("compose.yaml", () => {
  const validate = new Ajv({ allErrors: true }).compile(COMPOSE_SCHEMA);

  test("is a compose file", () => {
    validate(compose);
    expect(validate.errors).toBeNull();
  });

  test.each([
    ["a misspelt key", { ...compose, services: { app: { ...app, port: ["8080:8080"] } } }],
    ["a number where text belongs", { ...compose, services: { app: { ...app, environment: { A: {} } } } }],
    ["a service that is nowhere built", { ...compose, services: { app: { ports: ["8080:8080"] } } }],
    ["a bad port", { ...compose, services: { app: { ...app, ports: ["eighty:8080"] } } }],
    ["an unknown condition", {
      ...compose,
      services: { app: { ...app, depends_on: { postgres: { condition: "healthy" } } } },
    }],
  ])("the schema refuses %s", (_, broken) => {
    expect(validate(broken)).toBe(false);
  });

  test("names only services, volumes, configs and secrets that it defines", () => {
    for (const service of Object.values(compose.services)) {
      expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(Object.keys(service.depends_on ?? {})));
      expect(Object.keys(compose.volumes)).toEqual(expect.arrayContaining((service.volumes ?? []).map(beforeColon)));
      expect(Object.keys(compose.configs)).toEqual(
        expect.arrayContaining((service.configs ?? []).map(({ source }) => source)),
      );
      expect(Object.keys(compose.secrets)).toEqual(expect.arrayContaining([...(service.secrets ?? [])]));
    }
  });

  test("gives the app and the migration only variables that they read", () => {
    for (const service of [app, migrate]) {
      expect(variableNames()).toEqual(expect.arrayContaining(Object.keys(service?.environment ?? {})));
    }
  });

  test("migrates once Postgres is healthy, and starts the app after that", () => {
    expect(app?.depends_on).toMatchObject({ migrate: { condition: "service_completed_successfully" } });
    expect(migrate?.depends_on).toEqual({ postgres: { condition: "service_healthy" } });
    expect(migrate?.configs).toEqual(app?.configs);
    expect(postgres?.healthcheck?.test).toContain("pg_isready");
  });

  test("points the app at the NATS beside it", () => {
    expect(app?.environment?.["NATS_URL"]).toBe("nats://nats:4222");
    expect(Object.keys(app?.depends_on ?? {})).toContain("nats");
  });

  test("keeps the data of Postgres 18 on the parent of its data folder", () => {
    expect(postgres?.image).toMatch(/^postgres:18\b/);
    expect(postgres?.volumes).toEqual(["postgres:/var/lib/postgresql"]);
  });

  test("keeps JetStream on a volume and asks it for its health", () => {
    expect(nats?.image).toMatch(/^nats:.*alpine$/);
    expect(nats?.command).toEqual(expect.arrayContaining(["--jetstream", "--store_dir=/data", "-m", "8222"]));
    expect(nats?.volumes).toEqual(["nats:/data"]);
    expect(nats?.healthcheck?.test.join(" ")).toContain("http://127.0.0.1:8222/healthz");
  });

  test("can be scaled: the app's port is the first free one of a range, on this machine only", () => {
    const [first, last] = app?.ports?.[0]?.match(/^127\.0\.0\.1:(\d+)-(\d+):8080$/)?.slice(1).map(Number) ?? [];
    expect(last).toBeGreaterThan(first ?? Infinity);
  });
});

describe("the app with that environment", () => {
  afterEach(async () => {
    await killPrograms();
    removeTemporaryFolders();
  });

  test("is pointed at the Postgres beside it", () => {
    const { content } = compose.configs["database-url"] ?? { content: "" };
    const url = new URL(content.replace(/\$\{POSTGRES_PASSWORD:\?.*?\}/, "secret"));
    expect(url).toMatchObject({ protocol: "postgres:", hostname: "postgres", port: "5432", password: "secret" });
    expect(url.username).toBe(postgres?.environment?.["POSTGRES_USER"]);
    expect(url.pathname).toBe(`/${postgres?.environment?.["POSTGRES_DB"]}`);
    expect(app?.configs).toEqual([{ source: "database-url", target: app?.environment?.["DATABASE_URL_FILE"] }]);
  });

  test("is refused until migrated, starts by the image's command, becomes ready, and drains on SIGTERM", async () => {
    const command = JSON.parse(/^CMD (\[.*\])$/m.exec(readRepositoryFile("Dockerfile"))?.[1] ?? "[]");
    expect(command).toEqual(["node", "--max-semi-space-size=64", expect.stringMatching(/^src\/.*\.ts$/)]);
    const main = command[2];
    const database = await emptyDatabase();
    const urlFile = join(temporaryFolder(), "database-url");
    writeFileSync(urlFile, database.url);

    // Only what this machine has otherwise is put in place of what the containers have; NATS may be away.
    const env = { ...app?.environment, DATABASE_URL_FILE: urlFile, HTTP_PORT: "0", NATS_URL: "" };
    const tooEarly = runProgram(main, { env });
    expect(await tooEarly.ended).toBe(5);
    expect(tooEarly.stderr()).toMatch(/lacks \d+ migrations .* With the same DATABASE_URL, run: npm run migrate\n$/);
    const [, file = "", ...args] = migrate?.command ?? [];
    expect(await runProgram(file, { args, env: { ...migrate?.environment, DATABASE_URL_FILE: urlFile } }).ended).toBe(
      0,
    );

    const program = runProgram(main, { env });
    const url = await program.says(/http:\/\/localhost:\d+/);
    await eventually(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), 20_000);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    // By number: Deno's child.kill reports the signal as the end, whatever the exit code was.
    process.kill(program.pid, "SIGTERM");
    expect(await program.ended).toBe(0);
    await database.drop();
  });
});

describe("the image", () => {
  const dockerfile = readRepositoryFile("Dockerfile");

  test("copies only what exists and what .dockerignore lets through", () => {
    const sources = [...dockerfile.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, names = ""]) => names.split(" "));
    const letThrough = [...readRepositoryFile(".dockerignore").matchAll(/^!(.+)$/gm)].map(([, name]) => name);
    expect(sources.toSorted()).toEqual(letThrough.toSorted());
    const files = repositoryFiles();
    expect(sources.filter((source) => !files.some((file) => file === source || file.startsWith(`${source}/`)))).toEqual(
      [],
    );
  });

  test("runs as an ordinary user on a Node that strips types", () => {
    expect(dockerfile).toMatch(/^FROM node:24-/m);
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/^HEALTHCHECK .*\n? *CMD .*\/livez/m);
  });
});

function beforeColon(text: string): string {
  return text.slice(0, text.indexOf(":"));
}
