/** From a command line to a command, an answer and an exit code. Stricter than citty alone: what is not known is refused. */
import { parseArgs, type ParseArgsConfig, stripVTControlCharacters } from "node:util";
import { type ArgsDef, type CommandDef, renderUsage, runCommand } from "citty";
import { describeVariables } from "../environment.ts";
import { StatewrightError } from "../kernel/errors.ts";
import { EXIT, exitCodeOf } from "./exit-code.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- citty's own way to say "a command with whatever arguments".
export type AnyCommand = CommandDef<any>;

export interface CommandLine {
  readonly command: AnyCommand;
  /** Shown by --help. */
  readonly examples: readonly string[];
}

/**
 * Runs the command that the arguments name and ends the process with its exit code. An error is one line on standard
 * error; one that nobody foresaw keeps its stack.
 */
export async function runCommandLine({ command, examples }: CommandLine, args: readonly string[]): Promise<void> {
  // A reader that has seen enough (`| head`) is no reason to fail.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  try {
    const chosen = await choose(command, args);
    if (chosen.args.includes("--help") || chosen.args.includes("-h")) {
      await print(await help(chosen, examples));
    } else {
      refuseUnknown(chosen);
      await runCommand(chosen.command, { rawArgs: [...chosen.args] });
    }
    await end(EXIT.ok);
  } catch (thrown) {
    console.error(messageOf(thrown));
    await end(exitCodeOf(thrown));
  }
}

/** Writes to standard output and waits until it is written. */
export function print(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(`${text}\n`, () => resolve()));
}

interface Choice {
  readonly command: AnyCommand;
  readonly parent?: AnyCommand;
  readonly args: readonly string[];
}

async function choose(command: AnyCommand, args: readonly string[]): Promise<Choice> {
  const subCommands = await resolved(command.subCommands);
  if (subCommands === undefined) return { command, args };
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h") return { command, args: ["--help"] };
  const chosen = Object.hasOwn(subCommands, name) ? await resolved(subCommands[name]) : undefined;
  if (chosen === undefined) {
    throw new StatewrightError(
      "USAGE",
      `There is no command "${name}". There are: ${Object.keys(subCommands).join(", ")}`,
    );
  }
  return { command: chosen, parent: command, args: rest };
}

function refuseUnknown({ command, args }: Choice): void {
  const known = Object.entries((command.args ?? {}) as ArgsDef);
  const options: NonNullable<ParseArgsConfig["options"]> = {};
  for (const [name, { type }] of known) {
    if (type === "positional") continue;
    options[name] = { type: type === "boolean" ? "boolean" : "string" };
    if (type === "boolean") options[`no-${name}`] = { type: "boolean" };
  }
  const positionals = known.filter(([, { type }]) => type === "positional");
  const required = positionals.filter(([, { required }]) => required !== false);
  let given: string[];
  try {
    given = parseArgs({ args: [...args], options, strict: true, allowPositionals: true }).positionals;
  } catch (thrown) {
    const [firstSentence] = StatewrightError.from(thrown).message.split(". ");
    throw new StatewrightError("USAGE", `${firstSentence}. --help shows what there is.`);
  }
  if (given.length > positionals.length) {
    throw new StatewrightError(
      "USAGE",
      `Unexpected argument "${given[positionals.length]}". --help shows what there is.`,
    );
  }
  if (given.length < required.length) {
    throw new StatewrightError("USAGE", `Missing: ${required[given.length]?.[0]}. --help shows what there is.`);
  }
}

async function help({ command, parent }: Choice, examples: readonly string[]): Promise<string> {
  const usage = (await renderUsage(command, parent)).replaceAll(/[ \t]+$/gm, "").trimEnd();
  const text = [
    usage,
    "",
    "EXAMPLES",
    "",
    ...examples.map((example) => `  ${example}`),
    "",
    "ENVIRONMENT",
    "",
    describeVariables(),
    "",
    "EXIT CODES  0 done · 1 failed · 2 usage · 3 not found · 4 verification failed · 5 a dependency cannot be reached",
  ].join("\n");
  return process.stdout.isTTY ? text : stripVTControlCharacters(text);
}

/** Our own errors say what to do; anything else is a bug, and its stack says where. */
function messageOf(thrown: unknown): string {
  if (thrown instanceof StatewrightError) return thrown.message;
  return thrown instanceof Error && thrown.stack !== undefined ? thrown.stack : String(thrown);
}

/** Leaves once standard output has taken everything. */
async function end(exitCode: number): Promise<never> {
  await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  process.exit(exitCode);
}

function resolved<T>(value: T | Promise<T> | (() => T) | (() => Promise<T>)): T | Promise<T> {
  return typeof value === "function" ? (value as () => T | Promise<T>)() : value;
}
