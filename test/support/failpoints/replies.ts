/** Failpoints around the answers of the REST door to whoever places an order. */
import { ServerResponse } from "node:http";
import { passing } from "./failpoint.ts";

const end = ServerResponse.prototype.end;

/** From now on, in all of this process. */
export function watchReplies(): void {
  ServerResponse.prototype.end = function (this: ServerResponse, ...args: Parameters<typeof end>) {
    if (this.req.method !== "POST" || this.req.url !== "/v1/orders") return end.apply(this, args);
    try {
      passing("reply before");
    } catch {
      return this.destroy();
    }
    this.once("finish", () => passing("reply after"));
    return end.apply(this, args);
  } as typeof end;
}
