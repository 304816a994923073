/** Files that a command writes: whoever looks meanwhile sees the old one or the new one, never a part. */
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { StatewrightError } from "../kernel/errors.ts";

/**
 * @param option that names the file, for messages
 * @throws StatewrightError `USAGE` when the file cannot be written; what `work` throws
 */
export async function replaceFile<Answer>(
  path: string,
  option: string,
  work: (write: (text: string) => Promise<void>) => Promise<Answer>,
): Promise<Answer> {
  const unfinished = `${path}.unfinished`;
  const refuse = (cause: unknown): never => {
    throw new StatewrightError("USAGE", `${option} ${path}: ${StatewrightError.from(cause).message}`, { cause });
  };
  const file: FileHandle = await open(unfinished, "w").catch(refuse);
  try {
    const answer = await work((text) => file.appendFile(text).catch(refuse));
    await rename(unfinished, path).catch(refuse);
    return answer;
  } finally {
    await file.close();
    // Gone already, unless the work failed.
    await rm(unfinished, { force: true });
  }
}
