/**
 * `src/main.ts` with failpoints: some of its modules are replaced by seams around them, under the same names. The test
 * that has started the process arms them over the channel between the two, or asks for its garbage to be collected.
 */
import { registerHooks } from "node:module";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { arm, type Plan } from "./failpoint.ts";
import { watchReplies } from "./replies.ts";

const SEAMS = new URL("seams/", import.meta.url);
const SRC = new URL("../../../src/", import.meta.url);
const seams = new Map([
  ["store/postgres/postgres-store.ts", "postgres-store.ts"],
  ["messaging/jetstream/jetstream-bus.ts", "jetstream-bus.ts"],
  ["messaging/jetstream/nats-link.ts", "nats-link.ts"],
  ["runtime/runtime.ts", "runtime.ts"],
  ["shop/payments/http-provider.ts", "http-provider.ts"],
  ["shop/orders/order-timeouts.ts", "order-timeouts.ts"],
].map(([original, seam]) => [new URL(original!, SRC).href, new URL(seam!, SEAMS).href]));

registerHooks({
  resolve(specifier, context, resolveNext) {
    const resolved = resolveNext(specifier, context);
    const seam = context.parentURL?.startsWith(SEAMS.href) ? undefined : seams.get(resolved.url);
    return seam === undefined ? resolved : { ...resolved, url: seam };
  },
});
watchReplies();
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
process.on("message", (told: Plan | { collect: true }) => "collect" in told ? collect() : arm(told));
process.channel?.unref();
await import(new URL("main.ts", SRC).href);
