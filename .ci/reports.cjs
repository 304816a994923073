/**
 * Reads for `.ci/run` what vitest has left of each suite: `<suite>.json` of its JSON reporter and `<suite>.log`, which
 * alone names the files in which an engine died or an error was nobody's. `<suite>.again.json` is the second try of
 * the files that failed.
 *
 *   node .ci/reports.cjs failed <folder> <suite>     the files with a failure, a line each
 *   node .ci/reports.cjs sum <folder> [broken …]     what failed, what passed on its second try only, and the sum; a step
 *                                                    that broke without a failed test to show for it counts as one
 */
const { existsSync, readdirSync, readFileSync } = require("node:fs");
const { join, relative } = require("node:path");

const read = (path) => (existsSync(path) ? readFileSync(path, "utf8") : "");
const filesOf = (folder, suite) => JSON.parse(read(join(folder, `${suite}.json`)) || '{"testResults":[]}').testResults;
const pathOf = (name) => relative(process.cwd(), name);
const isBad = ({ status }) => status === "failed";

/** Files in which something went wrong outside all tests. */
function strickenOf(folder, suite) {
  const log = read(join(folder, `${suite}.log`));
  const named = [...log.matchAll(/ while running test file (\S+)$|error originated in "(\S+)" test file/gm)];
  return named.map(([, died, threw]) => pathOf(died ?? threw));
}

/** The failed tests of a file. One that could not even be loaded has none of its own: it counts as one. */
function failuresOf({ name, status, message, assertionResults }) {
  if (status !== "failed") return [];
  const tests = assertionResults.filter(isBad);
  const failures = tests.length === 0
    ? [["could not be run", message]]
    : tests.map(({ fullName, failureMessages }) => [fullName, failureMessages[0]]);
  return failures.map(([test, why = ""]) => ({ file: pathOf(name), text: `${test}\n    ${why.split("\n", 1)[0]}` }));
}

function failuresIn(folder, run) {
  const outside = strickenOf(folder, run).map((file) => ({ file, text: "an error outside its tests" }));
  return [...filesOf(folder, run).flatMap(failuresOf), ...outside];
}

/** What became of a suite in the end: its tests and its failures. Those that a second try has made good are told. */
function endOf(folder, suite) {
  const again = new Map(filesOf(folder, `${suite}.again`).map((file) => [file.name, file]));
  const files = [...filesOf(folder, suite).filter(({ name }) => !again.has(name)), ...again.values()];
  const left = failuresIn(folder, `${suite}.again`);
  const triedAgain = new Set([...again.keys()].map(pathOf).concat(left.map(({ file }) => file)));
  for (const failure of failuresIn(folder, suite)) {
    if (!triedAgain.has(failure.file)) left.push(failure);
    else if (!left.some(({ file }) => file === failure.file)) tell("passed on its second try only", failure);
  }
  left.forEach((failure) => tell("failed", failure));
  return { tests: files.flatMap(({ assertionResults }) => assertionResults), failed: left.length };
}

function tell(title, { file, text }) {
  console.log(`${title}: ${file} > ${text}`);
}

function sum(folder, broken) {
  const suites = readdirSync(folder).filter((name) => /^[^.]+\.json$/.test(name)).map((name) => name.slice(0, -5));
  const ends = suites.map((suite) => endOf(folder, suite));
  broken.forEach((step) => console.log(`failed: ${step}, without a failed test to show for it`));
  const tests = ends.flatMap(({ tests }) => tests);
  const passed = tests.filter(({ status }) => status === "passed").length;
  const failed = ends.reduce((all, { failed }) => all + failed, broken.length);
  const skipped = tests.filter((test) => test.status !== "passed" && !isBad(test)).length;
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed === 0 && passed > 0;
}

const [task, folder, ...rest] = process.argv.slice(2);
if (task === "failed") {
  new Set(failuresIn(folder, rest[0]).map(({ file }) => file)).forEach((file) => console.log(file));
} else if (!sum(folder, rest)) process.exitCode = 1;
