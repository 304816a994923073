/** The proto files: clean, in step with the code that is generated from them, and never broken for who uses them. */
import { execFile } from "node:child_process";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fromBinary } from "@bufbuild/protobuf";
import { type DescriptorProto, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { file_buf_validate_validate } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { expect, test } from "vitest";
import { repositoryFiles } from "../../support/source-tree.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const PROTO = join(ROOT, "proto");
const BIN = join(ROOT, "node_modules/.bin");

/** Runs buf over the proto files; fails with what it complains about. */
async function buf(...args: string[]): Promise<string> {
  const env = { ...process.env, PATH: `${BIN}${delimiter}${process.env["PATH"]}` };
  const { stdout } = await promisify(execFile)(join(BIN, "buf"), args, { cwd: PROTO, env }).catch(
    (failed: { stdout: string; stderr: string }) => {
      throw new Error(`buf ${args[0]}:\n${failed.stdout}${failed.stderr}`);
    },
  );
  return stdout;
}

test("they are clean by buf's standard rules, and formatted", async () => {
  await buf("lint");
  expect(await buf("format", "--diff")).toBe("");
});

test("generating again gives the same code, file by file", async () => {
  const folder = temporaryFolder();
  await buf("generate", "--output", folder);
  const committed = repositoryFiles("proto/gen").map((path) => path.slice("proto/gen/".length));
  expect(committed).not.toEqual([]);
  const fresh = readdirSync(join(folder, "gen"), { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".ts")
  );
  expect(fresh.toSorted()).toEqual(committed.toSorted());
  for (const path of committed) {
    expect(readFileSync(join(folder, "gen", path), "utf8"), path).toBe(readFileSync(join(PROTO, "gen", path), "utf8"));
  }
});

test("nobody who uses version 1 is broken", async () => {
  await buf("breaking", "--against", "baseline/v1.binpb");
  const folder = temporaryFolder();
  cpSync(PROTO, folder, { recursive: true });
  const file = join(folder, "shop/v1/order.proto");
  writeFileSync(file, readFileSync(file, "utf8").replace("string customer_id = 2;", "string customer_id = 22;"));
  await expect(buf("breaking", folder, "--against", "baseline/v1.binpb")).rejects.toThrow(
    /"2".*"customer_id".*deleted/,
  );
});

test("the rules we tell the compiler of are the library's", async () => {
  const folder = temporaryFolder();
  await buf(
    "build",
    "--exclude-source-info",
    "--path",
    "buf",
    "--as-file-descriptor-set",
    "-o",
    join(folder, "rules.binpb"),
  );
  const { file } = fromBinary(FileDescriptorSetSchema, readFileSync(join(folder, "rules.binpb")));
  const ours = file.find(({ name }) => name === "buf/validate/validate.proto")!;
  const theirs = file_buf_validate_validate.proto;
  for (const message of ours.messageType) {
    const known = theirs.messageType.find(({ name }) => name === message.name);
    expect(fieldsOf(known)).toMatchObject(fieldsOf(message));
  }
  for (const { name, number, extendee } of ours.extension) {
    expect(theirs.extension).toContainEqual(expect.objectContaining({ name, number, extendee }));
  }
});

function fieldsOf(message: DescriptorProto | undefined): Record<string, string> {
  return Object.fromEntries(
    (message?.field ?? []).map((
      { name, number, type, label, typeName },
    ) => [name, `${number} ${type} ${label} ${typeName}`]),
  );
}
