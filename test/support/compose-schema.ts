/**
 * The part of the Compose file format (https://github.com/compose-spec/compose-spec) that compose.yaml uses, in our own
 * words and stricter: what is not used is not known, so that a misspelt key is found.
 */

export interface ComposeService {
  readonly build?: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly secrets?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
  readonly secrets: Readonly<Record<string, { readonly environment: string }>>;
  readonly volumes: Readonly<Record<string, null>>;
}

const text = { type: "string", minLength: 1 };
const texts = { type: "array", items: text, minItems: 1, uniqueItems: true };
const duration = { type: "string", pattern: "^(\\d+(h|m|s|ms|us))+$" };
const byName = (of: object) => ({
  type: "object",
  patternProperties: { "^[a-zA-Z0-9._-]+$": of },
  additionalProperties: false,
});
const record = (properties: Record<string, object>, required: readonly string[] = []) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});

const healthcheck = record({
  test: { type: "array", items: text, minItems: 2 },
  interval: duration,
  timeout: duration,
  retries: { type: "integer", minimum: 1 },
}, ["test"]);

const service = {
  ...record({
    build: text,
    image: { type: "string", pattern: "^[a-z0-9./-]+:[\\w.-]+$" },
    command: texts,
    environment: byName(text),
    configs: {
      type: "array",
      items: record({ source: text, target: { type: "string", pattern: "^/" } }, ["source", "target"]),
    },
    secrets: texts,
    // [address:]host port or range:container port
    ports: { type: "array", items: { type: "string", pattern: "^([\\d.]+:)?\\d+(-\\d+)?:\\d+$" } },
    // a named volume
    volumes: { type: "array", items: { type: "string", pattern: "^[a-z-]+:/" } },
    depends_on: byName(
      record({ condition: { enum: ["service_started", "service_healthy", "service_completed_successfully"] } }, [
        "condition",
      ]),
    ),
    healthcheck,
    restart: { enum: ["no", "always", "on-failure", "unless-stopped"] },
    stop_grace_period: duration,
  }),
  oneOf: [{ required: ["build"] }, { required: ["image"] }],
};

export const COMPOSE_SCHEMA = record({
  name: { type: "string", pattern: "^[a-z0-9][a-z0-9_-]*$" },
  services: byName(service),
  configs: byName(record({ content: text }, ["content"])),
  secrets: byName(record({ environment: text }, ["environment"])),
  volumes: byName({ type: "null" }),
}, ["services"]);
