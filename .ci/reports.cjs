/**
 * Reads the reports of vitest's JSON reporter for `.ci/run`.
 *
 *   node .ci/reports.cjs failed <report>           the files with a failed test, a line each
 *   node .ci/reports.cjs sum <folder> [broken …]   what failed, what passed on its second try only, and the sum; a step that
 *                                                  broke without a failed test to show for it counts as one
 *
 * `<script>.json` is the whole run, `<script>.again.json` the second try of the files that failed in it.
 */
const { existsSync, readdirSync, readFileSync } = require("node:fs");
const { join, relative } = require("node:path");

const filesOf = (report) => (existsSync(report) ? JSON.parse(readFileSync(report, "utf8")).testResults : []);
const pathOf = (file) => relative(process.cwd(), file.name);
const isBad = ({ status }) => status === "failed";

/** The failed tests of a file. One that could not even be loaded has none of its own: it counts as one. */
function failuresOf(file) {
  if (!isBad(file)) return [];
  const tests = file.assertionResults.filter(isBad).map((
    { fullName, failureMessages },
  ) => [fullName, failureMessages[0]]);
  const failures = tests.length > 0 ? tests : [["could not be run", file.message]];
  return failures.map(([name, message = ""]) => `${pathOf(file)} > ${name}\n    ${message.split("\n", 1)[0]}`);
}

function sum(folder, broken) {
  const count = { passed: 0, failed: broken.length, skipped: 0 };
  broken.forEach((step) => console.log(`failed: ${step}, without a failed test to show for it`));
  const say = (title, file) => failuresOf(file).forEach((failure) => console.log(`${title}: ${failure}`));
  for (const name of readdirSync(folder).filter((name) => !name.endsWith(".again.json"))) {
    const again = new Map(filesOf(join(folder, name.replace(".json", ".again.json"))).map((file) => [file.name, file]));
    for (const first of filesOf(join(folder, name))) {
      const file = again.get(first.name) ?? first;
      if (file !== first && !isBad(file)) say("passed on its second try only", first);
      say("failed", file);
      const isStatus = (...wanted) => file.assertionResults.filter(({ status }) => wanted.includes(status)).length;
      count.passed += isStatus("passed");
      count.failed += failuresOf(file).length;
      count.skipped += isStatus("pending", "skipped", "todo");
    }
  }
  console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  return count.failed === 0 && count.passed > 0;
}

const [task, path, ...broken] = process.argv.slice(2);
if (task === "failed") filesOf(path).filter(isBad).forEach((file) => console.log(pathOf(file)));
else if (!sum(path, broken)) process.exitCode = 1;
