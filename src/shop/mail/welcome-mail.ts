/** The welcome mail: a task of the queue `mail`, and the worker that "sends" it by writing it into the outbox. */
import { z } from "zod";
import { StatewrightError } from "../../kernel/errors.ts";
import type { TaskQueues, TaskWorker } from "../../messaging/task-queues.ts";
import type { Transaction } from "../../projection/projection.ts";
import type { ActorSystem } from "../../runtime/receipt.ts";
import { getCustomer } from "../customers/customer.ts";

const MAIL = "mail";

const mailSchema = z.strictObject({ kind: z.literal("welcome"), customerId: z.string() });

/** A mail to be sent. Only ids: what it says and to whom is looked up as it is sent. */
export type MailTask = z.infer<typeof mailSchema>;

export function welcomeMailTask(customerId: string): MailTask {
  return { kind: "welcome", customerId };
}

/** Has a customer welcomed. The same event again is the same mail. */
export async function enqueueWelcomeMail(queues: TaskQueues, customerId: string, eventId: string): Promise<void> {
  await queues.queue(MAIL).enqueue(welcomeMailTask(customerId), { id: eventId, priority: "low" });
}

/** Works the mails off. Sending the same task again writes nothing new. */
export function startMailWorker(
  queues: TaskQueues,
  { system, outbox }: { readonly system: ActorSystem; readonly outbox: Transaction },
): Promise<TaskWorker> {
  return queues.work(MAIL, { concurrency: 4 }, async (task, { id }) => {
    const { success, data } = mailSchema.safeParse(task);
    if (!success) throw new StatewrightError("INVALID", "This is no mail");
    const { name, email } = await getCustomer(system, data.customerId);
    await outbox.query(
      `insert into mail_outbox (task_id, kind, customer_id, recipient, subject, body)
       values ($1, $2, $3, $4, $5, $6) on conflict (task_id) do nothing`,
      [id, data.kind, data.customerId, email, "Welcome to the shop", `Hello ${name}, good to have you here.`],
    );
  });
}
