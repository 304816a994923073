/** The machine that this runs on. */
import { statfs } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { plainError } from "../../kernel/errors.ts";
import { engine, productVersion } from "../start/version.ts";
import { bytes, type Finding, finding, judged } from "./finding.ts";

const NODE_NEEDED = 24;
const FULL_BYTES = 200_000_000;
const TIGHT_BYTES = 2_000_000_000;

/** @param folder where the data is, when it is on this machine */
export async function examineMachine(folder: string | undefined): Promise<Finding[]> {
  const major = Number.parseInt(process.versions.node, 10);
  const isDeno = process.versions["deno"] !== undefined;
  return [
    finding("statewright", "ok", productVersion()),
    judged("engine", isDeno || major >= NODE_NEEDED, "wrong", engine(), `Node ${NODE_NEEDED} or newer is needed`),
    finding("machine", "ok", `${availableParallelism()} cores, ${bytes(totalmem())} memory`),
    ...(folder === undefined ? [] : [await examineDisk(folder)]),
  ];
}

async function examineDisk(folder: string): Promise<Finding> {
  try {
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const detail = `${bytes(free)} free under ${folder}`;
    const verdict = free < FULL_BYTES ? "wrong" : "warning";
    return judged("disk", free >= TIGHT_BYTES, verdict, detail, "without room nothing can be recorded");
  } catch (thrown) {
    return finding("disk", "warning", `It cannot be seen how full ${folder} is (${plainError(thrown).message})`);
  }
}
