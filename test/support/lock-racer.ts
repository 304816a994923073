/** Claims the folder of the first argument, says what came of it, and stays until it is killed. */
import { claimFolder } from "../../src/store/embedded/folder-lock.ts";

console.log(claimFolder(process.argv[2] ?? "", "a racer").outcome);
setInterval(() => {}, 60_000);
