/** What may be said where: the shop's words, the outer world (time, chance, environment), and what never stays. */
import { isNode, type Node, pathOfNames, type SourceFile, walk } from "../source-tree.ts";

const GENERIC_FOLDERS = ["src/runtime/", "src/store/", "src/messaging/", "src/projection/", "src/kernel/"];
const DOMAIN = new Set(["order", "stock", "payment", "product", "customer"].flatMap((word) => [word, `${word}s`]));
/** The other "order": of rows and of time. */
const SEQUENCE = /\border\s+by\b|\b(in|out of) order\b/gi;

/** Names and texts of the generic folders that know what the shop sells. Comments are free. */
export function domainWords(files: readonly SourceFile[]): string[] {
  const generic = files.filter(({ path }) => GENERIC_FOLDERS.some((folder) => path.startsWith(folder)));
  return generic.flatMap((file) => {
    const found = wordsOf(file.path).filter((word) => DOMAIN.has(word)).map((word) =>
      `${file.path}:1 is named after ${word}`
    );
    walk(file.program, (node) => {
      const word = wordsOf(namedText(node).replaceAll(SEQUENCE, " ")).find((part) => DOMAIN.has(part));
      if (word !== undefined) found.push(`${file.path}:${file.lineOf(node.start)} says "${word}"`);
    });
    return found.map((text) =>
      `${text}: generic folders know only actors and events; the shop's words live in src/shop and machines`
    );
  });
}

/** The name of an identifier or the text of a literal; "" for every other node. */
function namedText(node: Node): string {
  if (node.type === "Identifier" || node.type === "PrivateIdentifier") return String(node["name"]);
  if (node.type === "Literal" && typeof node["value"] === "string") return node["value"];
  const template = node.type === "TemplateElement" ? node["value"] : undefined;
  return typeof template === "object" && template !== null && "raw" in template ? String(template.raw) : "";
}

/** `orderTotal of_order` → order, total, of, order */
function wordsOf(text: string): string[] {
  return text.replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase().split(/[^a-z]+/);
}

/** What reaches outside, by where it may: name → the advice. */
type Reach = Readonly<Record<string, string>>;

const CLOCK = "take a Clock from src/kernel/clock.ts";
const CLOCK_AND_CHANCE: Reach = {
  setTimeout: CLOCK,
  setInterval: CLOCK,
  "Date.now": CLOCK,
  "performance.now": CLOCK,
  "process.hrtime": CLOCK,
  "AbortSignal.timeout": CLOCK,
  "node:timers": CLOCK,
  "node:timers/promises": CLOCK,
  "Math.random": "take a Random from src/kernel/random.ts",
  randomUUID: "call newId of src/kernel/ids.ts",
  "crypto.randomUUID": "call newId of src/kernel/ids.ts",
};

/** Wall clock and chance outside `src/kernel/`, but for the given files. */
export function clockAndChance(files: readonly SourceFile[], allowed: readonly string[]): string[] {
  const pure = files.filter(({ path }) =>
    /^(src|machines)\//.test(path) && !path.startsWith("src/kernel/") && !allowed.includes(path)
  );
  return pure.flatMap((file) => {
    const dates: string[] = [];
    walk(file.program, (node) => {
      const now = (node.type === "NewExpression" && isEmpty(node["arguments"])) || node.type === "CallExpression";
      if (now && pathOfNames(node["callee"]) === "Date") {
        dates.push(`${file.path}:${file.lineOf(node.start)} the present as a Date: ${CLOCK}`);
      }
    });
    return [...dates, ...reaches(file, CLOCK_AND_CHANCE)];
  });
}

const ENVIRONMENT: Reach = {
  "process.env": "read it in src/config.ts and pass the value in",
  "Deno.env": "read it in src/config.ts and pass the value in",
};

/** Readers of the environment besides `src/config.ts`. */
export function environmentReaders(files: readonly SourceFile[]): string[] {
  const others = files.filter(({ path }) => /^(src|machines)\//.test(path) && path !== "src/config.ts");
  return others.flatMap((file) => reaches(file, ENVIRONMENT));
}

function reaches(file: SourceFile, reach: Reach): string[] {
  const found: string[] = [];
  const report = (node: Node, name: string) => {
    const advice = Object.hasOwn(reach, name) ? reach[name] : undefined;
    if (advice !== undefined) found.push(`${file.path}:${file.lineOf(node.start)} ${name}: ${advice}`);
  };
  walk(file.program, (node, parent) => {
    if (node.type === "MemberExpression") report(node, pathOfNames(node).replace(/^globalThis\./, ""));
    if (node.type === "Identifier" && !isProperty(node, parent)) report(node, String(node["name"]));
    if (node.type === "VariableDeclarator") { for (const name of destructured(node)) report(node, name); }
    if (node.type === "ImportDeclaration") { for (const name of imported(node)) report(node, name); }
  });
  return found;
}

/** A name that is only a member or a key of something else. */
function isProperty(node: Node, parent: Node | undefined): boolean {
  if (parent === undefined) return false;
  const named = parent.type === "MemberExpression" ? parent["property"] : parent["key"];
  return named === node && parent["computed"] !== true;
}

/** `const { env } = process` → process.env */
function destructured(declarator: Node): string[] {
  const pattern = declarator["id"];
  const source = pathOfNames(declarator["init"]);
  if (source === "" || !isNode(pattern) || pattern.type !== "ObjectPattern" || !Array.isArray(pattern["properties"])) {
    return [];
  }
  return pattern["properties"].filter(isNode).map((property) => `${source}.${pathOfNames(property["key"])}`);
}

/** `import { env } from "node:process"` → node:process, process.env */
function imported(declaration: Node): string[] {
  const source = isNode(declaration["source"]) ? String(declaration["source"]["value"]) : "";
  const specifiers = Array.isArray(declaration["specifiers"]) ? declaration["specifiers"].filter(isNode) : [];
  const module = source.replace(/^node:/, "");
  return [source, ...specifiers.map(({ imported }) => `${module}.${pathOfNames(imported)}`)];
}

function isEmpty(list: unknown): boolean {
  return Array.isArray(list) && list.length === 0;
}

/** Notes to self, and addresses that only work from where somebody installed. Written so that they do not find themselves. */
const NEVER_COMMITTED: readonly (readonly [RegExp, string])[] = [
  [/\b(TO[D]O|FIX[M]E)\b/, "a note to self: do it now or put it into an issue"],
  [
    /https?:\/\/[^\s"'`)]*(registr[y]|npm[j]s|artifactor[y]|verdacci[o])/i,
    "the address of a package registry: leave it out, the client knows",
  ],
  [/"resolve[d]":/, "a lock file that is bound to one registry: npm install --omit-lockfile-registry-resolved"],
];

/** Lines of any text of the repository that should not be in it. */
export function neverCommitted(path: string, text: string): string[] {
  return text.split("\n").flatMap((line, index) =>
    NEVER_COMMITTED.filter(([pattern]) => pattern.test(line)).map(([, advice]) => `${path}:${index + 1} ${advice}`)
  );
}
