/**
 * One process at a time. What these would catch: a lock that survives its holder, one that a process of the same id
 * inherits, two holders after a crash.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { claimFolder, holderOf } from "../../../src/store/embedded/folder-lock.ts";
import { processStart } from "../../../src/store/embedded/process-identity.ts";
import { killPrograms, runProgram } from "../../support/programs.ts";
import { removeTemporaryFolders, temporaryFolder } from "../../support/temporary-folder.ts";

afterEach(async () => {
  await killPrograms();
  removeTemporaryFolders();
});

function claimed(folder: string) {
  const claim = claimFolder(folder, "a test");
  if (claim.outcome !== "claimed") throw new Error(`held by ${claim.holder.pid}`);
  return claim.lock;
}

test("a folder that is held is not given twice, and the holder says where it serves", () => {
  const folder = temporaryFolder();
  const lock = claimed(folder);
  lock.announce("http://localhost:1");
  expect(claimFolder(folder, "another")).toMatchObject({
    outcome: "held",
    holder: { pid: process.pid, command: "a test", url: "http://localhost:1" },
  });
});

test("a released folder is free", () => {
  const folder = temporaryFolder();
  claimed(folder).release();
  expect(holderOf(folder)).toBeUndefined();
  claimed(folder);
  expect(readdirSync(folder)).toHaveLength(1);
});

test("a process that got the id of a dead holder does not hold its lock", () => {
  const folder = temporaryFolder();
  const dead = { pid: process.pid, start: "another boot/1", command: "npm start", url: null };
  writeFileSync(join(folder, "instance.7.json"), JSON.stringify(dead));
  claimed(folder);
  expect(readdirSync(folder)).toEqual(["instance.8.json"]);
});

test("a lock file that was cut short does not lock for ever", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "instance.1.json"), "");
  claimed(folder);
});

test("somebody who comes late with an older number does not get in beside the holder", () => {
  const folder = temporaryFolder();
  claimed(folder);
  const [name = ""] = readdirSync(folder);
  const record = readFileSync(join(folder, name), "utf8");
  writeFileSync(join(folder, "instance.5.json"), record);
  expect(claimFolder(folder, "another").outcome).toBe("held");
});

test("the start of a process is always the same text, and nobody's is none", () => {
  expect(processStart(process.pid)).toBe(processStart(process.pid));
  expect(processStart(process.ppid)).not.toBe(processStart(process.pid));
  expect(processStart(999_999_999)).toBeUndefined();
});

test("of many that find the holder dead at the same moment, one gets the folder", async () => {
  const folder = temporaryFolder();
  for (let round = 1; round <= 5; round++) {
    const racers = Array.from({ length: 6 }, () => runProgram("test/support/lock-racer.ts", { args: [folder] }));
    const answers = await Promise.all(racers.map((racer) => racer.says(/claimed|held/)));
    expect(answers.filter((answer) => answer === "claimed"), `round ${round}`).toHaveLength(1);
    await killPrograms();
  }
}, 60_000);
