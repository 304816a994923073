/** The texts of all code blocks of a language in a Markdown page, each with its last newline. */
export function codeBlocks(page: string, language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "gm"))].map(([, text = ""]) => text);
}

/** True when the source has these lines in a row, however deep they are indented there. */
export function holdsLines(source: string, block: string): boolean {
  const lines = block.trimEnd().split("\n");
  const indent = Math.min(...lines.filter(Boolean).map((line) => line.length - line.trimStart().length));
  const flush = lines.map((line) => line.slice(indent));
  return [0, 2, 4, 6, 8].some((depth) => {
    const indented = flush.map((line) => line === "" ? "" : " ".repeat(depth) + line).join("\n");
    return `\n${source}`.includes(`\n${indented}\n`);
  });
}
