/**
 * A worker for remote activities that knows nothing of this project but what docs/bring-your-own-machine.md says:
 * plain JavaScript over a NATS client. Arguments: the server's URL, the actor type, the activity, and `hang` to never
 * answer. What comes of the work is told by the beginning of its input's `of`: `fail`, `again` (twice), `never`, `die`.
 */
const { connect } = require("@nats-io/transport-node");

const [url, type, activity, mood] = process.argv.slice(2);
const next = `$JS.API.CONSUMER.MSG.NEXT.TASKS.activity~${type}~${activity}~normal`;

async function main() {
  const nats = await connect({ servers: url });
  console.log("ready");
  for (;;) {
    let message;
    try {
      const expires = 5_000_000_000;
      message = await nats.request(next, JSON.stringify({ batch: 1, expires }), { timeout: 6_000, noMux: true });
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
      continue;
    }
    // A status instead of a task: nothing there.
    if (message.headers?.code) continue;
    const tokens = message.reply.split(".");
    const deliveries = Number(tokens.length > 9 ? tokens[6] : tokens[4]);
    const task = message.json();
    console.log(`got ${task.key} ${task.attempt} ${deliveries}`);

    const outcome = deliveries > task.attempts
      ? { status: "failed", error: { name: "Error", message: "workers die of it" } }
      : await work(task);
    const { key, attempt } = task;
    const answer = JSON.stringify({ key, attempt, ...outcome });
    const stored = await nats.request(`tasks.activity-outcomes.normal.${key}`, answer);
    if (stored.json().error) throw new Error(stored.json().error.description);
    // Only now: whoever dies before this leaves the task to another worker.
    await nats.request(message.reply, "+ACK");

    console.log(`answered ${task.key} ${outcome.status}`);
  }
}

async function work({ input, key, attempt }) {
  if (mood === "hang") await new Promise(() => {});
  const does = input.of.split("-")[0];
  if (does === "die") process.kill(process.pid, "SIGKILL");
  if (does === "fail") return { status: "failed", error: { name: "CardExpired", message: "no", code: "EXPIRED" } };
  if (does === "never" || (does === "again" && attempt < 3)) {
    return { status: "retry", error: { message: `not at ${attempt}` } };
  }
  return { status: "completed", output: { sum: 42, key, attempt } };
}

void main();
