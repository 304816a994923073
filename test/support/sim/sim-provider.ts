/**
 * A payment provider beyond the network: it does the same thing once for a key, and may fail, be silent, lose its answer,
 * answer late, or be asked twice by the network. Its books are the witness.
 */
import type { RefundRequest } from "../../../machines/payment/machine.ts";
import type { CaptureAnswer, PaymentProvider, RefundAnswer } from "../../../src/shop/payments/provider.ts";
import type { ProviderCall, RecordedCharge } from "../../invariants/books.ts";
import type { SimProcess } from "./sim-process.ts";
import type { Weather } from "./weather.ts";
import { callOver, latencyMs } from "./wire.ts";
import { EPOCH_MS, type World } from "./world.ts";

type Standing = { -readonly [Name in keyof RecordedCharge]: RecordedCharge[Name] } & { readonly id: string };

export interface ProviderHabits {
  declines(orderId: string): boolean;
  /** It will never give that one back. */
  refusesRefund(orderId: string): boolean;
}

export class SimProvider {
  readonly #world: World;
  readonly #weather: Weather;
  readonly #habits: ProviderHabits;
  readonly #head: () => Promise<number>;
  readonly #charges = new Map<string, Standing>();
  readonly calls: ProviderCall[] = [];
  isAway = false;

  /** @param head of the log */
  constructor(world: World, weather: Weather, habits: ProviderHabits, head: () => Promise<number>) {
    this.#world = world;
    this.#weather = weather;
    this.#habits = habits;
    this.#head = head;
  }

  get charges(): readonly RecordedCharge[] {
    return [...this.#charges.values()];
  }

  clientOf(process: SimProcess): PaymentProvider {
    const chance = this.#world.chance(`provider of ${process.name}`);
    const ask = <Answer>(request: RefundRequest, signal: AbortSignal, work: () => Answer): Promise<Answer> => {
      const weather = this.#weather;
      const [fails, silent, lost, late, twice] = [
        chance.next(),
        chance.next(),
        chance.next(),
        chance.next(),
        chance.next(),
      ];
      const isCutOff = chance.hits(0.5);
      const thereMs = latencyMs(chance, false) + 20 * chance.next();
      const lateMs = chance.int(1_000, 20_000);
      const serve = async () => {
        if (this.isAway || weather.strikes("providerFails", fails)) {
          throw new Error("The payment provider answered with 500");
        }
        return work();
      };
      if (weather.strikes("providerAskedTwice", twice)) this.#world.after(thereMs + lateMs / 2, () => void work());
      const isSilent = weather.strikes("providerSilent", silent);
      const answer = callOver(this.#world, process, {
        thereMs: thereMs + (weather.strikes("providerLate", late) ? lateMs : 0),
        backMs: latencyMs(chance, false),
        lost: isSilent,
        replyLost: weather.strikes("providerReplyLost", lost),
        ...(isCutOff && { onLost: () => new Error("socket hang up") }),
      }, serve);
      return unlessAborted(signal, answer);
    };
    const call = async (activity: ProviderCall["activity"], key: string) => {
      this.calls.push({ activity, key, head: await this.#head() });
      this.#world.trace(`${process.name} calls ${activity} ${key}`);
    };
    return {
      capture: async (request, signal) => {
        await call("capturePayment", request.key);
        return await ask({ ...request, chargeId: null }, signal, () => this.#capture({ ...request, chargeId: null }));
      },
      refund: async (request, signal) => {
        await call("refundPayment", request.key);
        return await ask(request, signal, () => this.#refund(request));
      },
    };
  }

  #capture({ key, orderId, amount }: RefundRequest): CaptureAnswer {
    const known = this.#charges.get(key);
    if (known) this.#world.count("provider asked again");
    const charge: Standing = known ?? {
      ...amount,
      id: `charge-${orderId}`,
      key,
      orderId,
      status: this.#habits.declines(orderId) ? "declined" : "captured",
      chargedAt: EPOCH_MS + Math.floor(this.#world.now),
      refundedAt: null,
    };
    this.#charges.set(key, charge);
    if (charge.status === "declined") return { outcome: "declined", reason: "over the limit" };
    return { outcome: "captured", chargeId: charge.id };
  }

  #refund({ orderId }: RefundRequest): RefundAnswer {
    const charges = [...this.#charges.values()].filter((charge) => charge.orderId === orderId);
    if (this.#habits.refusesRefund(orderId)) return { outcome: "declined", reason: "ask your bank" };
    const captured = charges.filter(({ status }) => status !== "declined");
    if (captured.length === 0) return { outcome: "declined", reason: "nothing was captured" };
    for (const charge of captured) {
      if (charge.status === "refunded") continue;
      charge.status = "refunded";
      charge.refundedAt = EPOCH_MS + Math.floor(this.#world.now);
    }
    return { outcome: "refunded" };
  }
}

function unlessAborted<Answer>(signal: AbortSignal, answer: Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
