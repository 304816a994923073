/** Chapter 3: a queue of pictures to be drawn small. `draw <picture> …` asks for them, `work [mended]` does it. */
import { z } from "zod";
import { openStore } from "../../src/cli/open-store.ts";
import { readConfig } from "../../src/config.ts";
import { createStoredTaskQueues, type TaskContext } from "../../src/mod.ts";

const [command, ...pictures] = process.argv.slice(2);
const isMended = pictures.includes("mended");
const taskSchema = z.strictObject({ picture: z.string() });

const { store, close } = await openStore(readConfig(), { command: "the tutorial", share: true });
const queues = createStoredTaskQueues({ database: store });

if (command === "draw") await ask();
else await work();
await close();

async function ask(): Promise<void> {
  const queue = queues.queue("thumbnails");
  for (const picture of pictures) await queue.enqueue({ picture }, { id: picture });
  console.log(`asked for ${pictures.length}`);
}

async function draw(body: unknown, { attempt }: TaskContext): Promise<void> {
  const { picture } = taskSchema.parse(body);
  if (picture === "letter" && !isMended) throw new Error(`${picture} is no picture`);
  console.log(`${picture} is drawn, in attempt ${attempt}`);
}

/** Works until nothing is left to be done. */
async function work(): Promise<void> {
  const worker = await queues.work("thumbnails", { concurrency: 1, attempts: 3, backoffMs: 100 }, draw);
  let stats = await statsOfThumbnails();
  while (stats.waiting + stats.inProcess > 0) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    stats = await statsOfThumbnails();
  }
  await worker.stop();
  console.log(`${stats.dead} could not be drawn`);
}

async function statsOfThumbnails() {
  const all = await queues.stats();
  return all.find(({ queue }) => queue === "thumbnails") ?? { waiting: 0, inProcess: 0, dead: 0 };
}
