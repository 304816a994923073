/** The repository as text and syntax trees, for the tests that read the code instead of running it. */
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync, type Program } from "oxc-parser";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

/** Folders that hold nothing written by us. */
const FOREIGN_FOLDERS = new Set([".git", "node_modules", ".statewright", "dist", "coverage"]);

/** A node of a syntax tree, as far as a walk needs to know it. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface SourceImport {
  /** As written: `./step.ts`, `xstate`, `node:fs`. */
  readonly specifier: string;
  /** The file it names, relative to the repository; undefined for packages and built-ins. */
  readonly target: string | undefined;
  readonly line: number;
}

export interface SourceFile {
  /** Relative to the repository, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  /** All ways to reach another file: imports (of types too), re-exports, `import()`, `new URL(…, import.meta.url)`. */
  readonly imports: readonly SourceImport[];
  /** The 1-based line of an offset. */
  lineOf(offset: number): number;
  /** How many lines from `start` to `end` (default: the whole file) hold more than comments and blanks. */
  codeLines(start?: number, end?: number): number;
}

/** The paths of all files of ours under a folder, relative to the repository, sorted. */
export function repositoryFiles(folder = ""): string[] {
  const paths: string[] = [];
  for (const entry of readdirSync(join(REPOSITORY, folder), { withFileTypes: true })) {
    const path = posix.join(folder, entry.name);
    if (entry.isFile()) paths.push(path);
    else if (entry.isDirectory() && !FOREIGN_FOLDERS.has(entry.name)) paths.push(...repositoryFiles(path));
  }
  return paths.sort();
}

/** The text of a file of ours. */
export function readRepositoryFile(path: string): string {
  return readFileSync(join(REPOSITORY, path), "utf8");
}

/** Parses TypeScript. Throws on a syntax error. */
export function parseSource(path: string, text: string): SourceFile {
  const { program, comments, errors } = parseSync(path, text, { sourceType: "module" });
  if (errors[0] !== undefined) throw new Error(`${path} cannot be parsed: ${errors[0].message}`);

  const lineStarts = [0, ...[...text.matchAll(/\n/g)].map((newline) => newline.index + 1)];
  const lineOf = (offset: number) => upperBound(lineStarts, offset);

  let code = text;
  for (const { start, end } of comments) {
    code = code.slice(0, start) + code.slice(start, end).replaceAll(/[^\n]/g, " ") + code.slice(end);
  }
  const isCode = code.split("\n").map((line) => line.trim() !== "");
  const codeLines = (start = 0, end = text.length) =>
    isCode.slice(lineOf(start) - 1, lineOf(end)).filter(Boolean).length;

  const imports: SourceImport[] = [];
  walk(program, (node) => {
    const specifier = importedSpecifier(node);
    if (specifier === undefined) return;
    const target = specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : undefined;
    imports.push({ specifier, target, line: lineOf(node.start) });
  });
  return { path, text, program, imports, lineOf, codeLines };
}

/** Calls `visit` for every node below `root`, parents first, with the node it hangs on. */
export function walk(root: unknown, visit: (node: Node, parent: Node | undefined) => void, parent?: Node): void {
  if (Array.isArray(root)) {
    for (const item of root) walk(item, visit, parent);
  } else if (isNode(root)) {
    visit(root, parent);
    for (const value of Object.values(root)) {
      if (typeof value === "object" && value !== null) walk(value, visit, root);
    }
  }
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** `Date.now`: the source text of a plain path of names, "" for anything else. */
export function pathOfNames(node: unknown): string {
  if (!isNode(node)) return "";
  if (node.type === "Identifier") return String(node["name"]);
  if (node.type === "MetaProperty") return "import.meta";
  if (node.type !== "MemberExpression" || node["computed"] === true) return "";
  const object = pathOfNames(node["object"]);
  return object === "" ? "" : `${object}.${pathOfNames(node["property"])}`;
}

const WITH_SOURCE = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
]);

function importedSpecifier(node: Node): string | undefined {
  if (WITH_SOURCE.has(node.type)) return stringValue(node["source"]);
  const [first, second] = Array.isArray(node["arguments"]) ? node["arguments"] : [];
  if (node.type === "NewExpression" && pathOfNames(node["callee"]) === "URL") {
    const specifier = stringValue(first);
    return pathOfNames(second) === "import.meta.url" && specifier?.endsWith(".ts") ? specifier : undefined;
  }
  if (node.type === "CallExpression" && pathOfNames(node["callee"]) === "import.meta.resolve") {
    return stringValue(first);
  }
  return undefined;
}

function stringValue(node: unknown): string | undefined {
  return isNode(node) && typeof node["value"] === "string" ? node["value"] : undefined;
}

/** How many of the sorted numbers are ≤ `value`. */
function upperBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? Infinity) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
