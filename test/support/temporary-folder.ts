import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const toRemove: string[] = [];

/** A new folder that everybody may pass through. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "statewright-test-"));
  chmodSync(folder, 0o711);
  toRemove.push(folder);
  return folder;
}

/** Has a folder removed that the tested program made by itself. */
export function removeLater(folder: string): void {
  toRemove.push(folder);
}

/** For `afterEach` or `afterAll`, once nothing runs in them any more. */
export function removeTemporaryFolders(): void {
  for (const folder of toRemove.splice(0)) {
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}
