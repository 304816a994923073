/** How large a file and a function may be, what they are called, and which parts of the language stay out. */
import { basename } from "node:path";
import type { Program } from "oxc-parser";
import { isNode, type Node, type SourceFile, walk } from "../source-tree.ts";

const MAX_FILE_LINES = 250;
const MAX_FUNCTION_LINES = 50;

/** Files over 250 and functions over 50 lines of code; comments and blank lines are free. */
export function oversized(files: readonly SourceFile[]): string[] {
  return files.filter(({ path }) => !path.startsWith("test/")).flatMap((file) => {
    const found: string[] = [];
    const fileLines = file.codeLines();
    if (fileLines > MAX_FILE_LINES) {
      found.push(
        `${file.path}:1 has ${fileLines} lines of code, at most ${MAX_FILE_LINES}: split it where it has two reasons to change`,
      );
    }
    walk(file.program, (node, parent) => {
      if (!isFunction(node)) return;
      const lines = file.codeLines(node.start, node.end);
      if (lines <= MAX_FUNCTION_LINES) return;
      found.push(
        `${file.path}:${file.lineOf(node.start)} ${
          functionName(node, parent)
        } has ${lines} lines of code, at most ${MAX_FUNCTION_LINES}: name its steps`,
      );
    });
    return found;
  });
}

function isFunction(node: Node): boolean {
  return ["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"].includes(node.type);
}

function functionName(node: Node, parent: Node | undefined): string {
  const named = [node["id"], parent?.["id"], parent?.["key"]].find((name) =>
    isNode(name) && typeof name["name"] === "string"
  );
  return isNode(named) ? `function ${String(named["name"])}` : "a function";
}

/** `any` without a reason in a comment on the line above; outside of tests also in other files than the given ones. */
export function anyTypes(files: readonly SourceFile[], allowed: readonly string[]): string[] {
  return files.flatMap((file) => {
    const lines = file.text.split("\n");
    const found: string[] = [];
    walk(file.program, (node) => {
      if (node.type !== "TSAnyKeyword") return;
      const line = file.lineOf(node.start);
      const explained = /oxlint-disable-next-line typescript\/no-explicit-any -- \S/.test(lines[line - 2] ?? "");
      if (!explained || !(allowed.includes(file.path) || file.path.startsWith("test/"))) {
        found.push(`${file.path}:${line} any: use unknown and narrow it, or a type parameter`);
      }
    });
    return found;
  });
}

/** Default exports, `export *`, and files that only pass on what others export (but the public surface). */
export function unnamedExports(files: readonly SourceFile[], publicSurface: string): string[] {
  return files.flatMap((file) => {
    const found: string[] = [];
    const { body } = file.program;
    for (const node of body) {
      const at = `${file.path}:${file.lineOf(node.start)}`;
      if (node.type === "ExportDefaultDeclaration") found.push(`${at} default export: give it a name`);
      if (node.type === "ExportAllDeclaration") found.push(`${at} export *: write out every name`);
    }
    const passesOn = (node: Program["body"][number]) =>
      node.type === "ImportDeclaration" || node.type === "ExportAllDeclaration" ||
      (node.type === "ExportNamedDeclaration" && node.declaration === null);
    if (
      file.path !== publicSurface && body.length > 0 && body.every(passesOn) &&
      body.some(({ type }) => type.startsWith("Export"))
    ) {
      found.push(`${file.path}:1 is a barrel: import from the files themselves`);
    }
    return found;
  });
}

const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/;
const SAYS_NOTHING = new Set(["common", "helper", "helpers", "index", "manager", "misc", "util", "utils"]);

/** Files and folders of code that are not kebab-case, or named after nothing. */
export function badFileNames(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const parts = path.split("/");
    const found: string[] = [];
    if (!parts.every((part) => KEBAB_CASE.test(part))) found.push(`${path}:1 is not kebab-case`);
    const words = parts.flatMap((part) => part.split(/[-.]/));
    if (words.some((word) => SAYS_NOTHING.has(word))) {
      found.push(`${path}:1 says nothing about ${basename(path)}: name it after the main thing inside`);
    }
    return found;
  });
}

/** Types called `IThing` or `ThingImpl`. */
export function decoratedTypeNames(files: readonly SourceFile[]): string[] {
  const kinds = new Set(["ClassDeclaration", "TSInterfaceDeclaration", "TSTypeAliasDeclaration"]);
  return files.flatMap((file) => {
    const found: string[] = [];
    walk(file.program, (node) => {
      const name = kinds.has(node.type) && isNode(node["id"]) ? String(node["id"]["name"]) : "";
      if (/^I[A-Z][a-z]|Impl$/.test(name)) {
        found.push(`${file.path}:${file.lineOf(node.start)} ${name}: name the thing, not what the language calls it`);
      }
    });
    return found;
  });
}
