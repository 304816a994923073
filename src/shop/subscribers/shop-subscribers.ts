import type { Subscription } from "../../projection/subscription.ts";
import { analytics } from "./analytics.ts";
import { notifications } from "./notifications.ts";
import { recommendations } from "./recommendations.ts";
import { welcomeMail } from "./welcome-mail.ts";

/** All that the shop subscribes to. @param enqueueWelcomeMail see `welcome-mail.ts` */
export function shopSubscribers(
  enqueueWelcomeMail: (customerId: string, eventId: string) => Promise<void>,
): Subscription[] {
  return [notifications, analytics, recommendations, welcomeMail(enqueueWelcomeMail)];
}
