/** The welcome mail over a real database: one a customer, however often it is asked for or tried. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../src/kernel/ids.ts";
import { statsOf } from "../../src/messaging/task-queues.ts";
import { enqueueWelcomeMail, startMailWorker } from "../../src/shop/mail/welcome-mail.ts";
import { eventually } from "../support/eventually.ts";
import { type ShopClient, shopClient } from "../support/shop-client.ts";
import { type ShopService, startShopService } from "../support/shop-service.ts";
import { createStoredTaskQueues } from "../../src/messaging/stored-task-queues.ts";

let service: ShopService;
let shop: ShopClient;

beforeAll(async () => {
  service = await startShopService();
  shop = shopClient(service.url);
});
afterAll(() => service.stop());

test("each new customer is welcomed once; what is no mail, or for nobody, is dead with the reason", async () => {
  const { store, runtime } = service;
  const queues = createStoredTaskQueues({ database: store });
  const [ada, bob] = [await shop.customer(), await shop.customer()];
  const welcome = (id: string, event = `customer/${id}/1`) => enqueueWelcomeMail(queues, id, event);
  await Promise.all([welcome(ada), welcome(ada), welcome(bob)]);
  const nobody = newId();
  await welcome(nobody);
  await queues.queue("mail").enqueue({ kind: "spam" });

  let failures = 1;
  // The outbox is away at the first try, and takes the mail although it says otherwise at the second.
  const outbox = {
    async query(...call: Parameters<typeof store.query>) {
      if (failures-- > 0) throw new Error("the outbox is away");
      const rows = await store.query(...call);
      if (failures === -1) throw new Error("the connection was lost");
      return rows;
    },
  };
  const worker = await startMailWorker(queues, { system: runtime, outbox });
  await eventually(
    async () => expect(await statsOf(queues, "mail")).toMatchObject({ waiting: 0, inProcess: 0, dead: 2 }),
    15_000,
  );
  await welcome(ada);
  await eventually(async () => expect(await statsOf(queues, "mail")).toMatchObject({ waiting: 0, inProcess: 0 }));
  await worker.stop();

  const mails = await store.query("select task_id, kind, customer_id, recipient from mail_outbox order by customer_id");
  expect(mails.map((mail) => [mail["task_id"], mail["kind"], mail["customer_id"]])).toEqual(
    [ada, bob].toSorted().map((id) => [`customer/${id}/1`, "welcome", id]),
  );
  expect(mails[0]!["recipient"]).toContain("@");
  const letters = await queues.dead("mail", { limit: 10 });
  expect(letters.map(({ reason }) => reason).toSorted()).toEqual([
    "StatewrightError: There is no such customer",
    "StatewrightError: This is no mail",
  ]);
});
