/** Who is asked for the money: the provider that is configured, or the demo's, run here and reached over HTTP like a real one. */
import type { Config } from "../../config.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Logger } from "../../kernel/logger.ts";
import { createProviderApp, listedCharge } from "../../shop/demo/provider-app.ts";
import { createProviderBehaviours, type ProviderBehaviours } from "../../shop/demo/provider-behaviours.ts";
import { createProviderLedger } from "../../shop/demo/provider-ledger.ts";
import { httpProvider } from "../../shop/payments/http-provider.ts";
import type { ChargeBooks, PaymentProvider } from "../../shop/payments/provider.ts";
import type { Transaction } from "../../store/read-models.ts";
import { listen } from "./listen.ts";

export interface PaymentService {
  readonly client: PaymentProvider & ChargeBooks;
  /** Present when it is the demo's. */
  readonly demo?: {
    readonly behaviours: ProviderBehaviours;
    readonly charges: () => Promise<readonly object[]>;
  };
  close(): Promise<void>;
}

/** How long it goes on for payments under way, after the runtime has ended. */
const DRAIN_MS = 200;

export async function openPaymentProvider(
  config: Config,
  parts: { database: Transaction; clock: Clock; logger: Logger },
): Promise<PaymentService> {
  if (config.paymentProviderUrl !== undefined) {
    return { client: httpProvider(config.paymentProviderUrl), close: async () => {} };
  }
  const { database, clock, logger } = parts;
  const ledger = createProviderLedger(database);
  const behaviours = createProviderBehaviours(database);
  const http = await listen({ host: "127.0.0.1", port: 0, portIsFixed: true });
  http.open(createProviderApp({ ledger, behaviours, clock, logger }).fetch);
  return {
    client: httpProvider(`http://127.0.0.1:${http.port}`),
    demo: { behaviours, charges: async () => (await ledger.list()).map(listedCharge) },
    close: () => http.close(DRAIN_MS),
  };
}
