/**
 * What holds for every call: it is observed, its single message is valid, it ends at its deadline, and what it fails with
 * is an error of the one table. Streamed messages are held against their rules by who takes them, one by one.
 */
import { Code, type ConnectError, type Interceptor } from "@connectrpc/connect";
import { StatewrightError } from "../../kernel/errors.ts";
import { inThisName } from "../access/principal.ts";
import { describeError } from "../describe-error.ts";
import { isOurFault } from "../problems.ts";
import type { RequestOutcome } from "../requests.ts";
import type { GrpcDependencies } from "./dependencies.ts";
import { toConnectError, toStatewrightError } from "./errors.ts";
import { traceIdOf } from "./trace.ts";
import { requireValid } from "./validation.ts";

type Next = Parameters<Interceptor>[0];
type Call = Parameters<Next>[0];
type Answer = Awaited<ReturnType<Next>>;

/** @param end once aborted, streams end with what it was aborted with; other calls may come to their end */
export function everyCall(
  { observe, logger }: Pick<GrpcDependencies, "observe" | "logger">,
  end: AbortSignal,
): Interceptor {
  return (next) => (call) => {
    const answered = Promise.withResolvers<Answer>();
    const work = async (traceId: string): Promise<RequestOutcome> => {
      const route = `/${call.service.typeName}/${call.method.name}`;
      const status = await answer(call, next, end, answered, (thrown) => {
        const error = toStatewrightError(thrown);
        if (!(error instanceof StatewrightError)) return error;
        if (isOurFault(error.code)) {
          logger.error({ traceId, code: error.code, route, error: describeError(error) }, "call failed");
        }
        return toConnectError(error, traceId);
      });
      return { route, status, failed: status === Code[Code.Internal] };
    };
    const traceparent = call.header.get("traceparent") ?? undefined;
    const observed: Promise<unknown> = observe
      ? observe({ door: "grpc", method: call.method.methodKind, traceparent }, work)
      : work(traceIdOf(call.header));
    observed.catch(answered.reject);
    return answered.promise;
  };
}

/** Gives the answer, or the error, and resolves with the call's status once it is over. */
async function answer(
  call: Call,
  next: Next,
  end: AbortSignal,
  answered: PromiseWithResolvers<Answer>,
  tell: (thrown: unknown) => ConnectError,
): Promise<string> {
  const ends = call.stream ? AbortSignal.any([call.signal, end]) : call.signal;
  const over = Promise.withResolvers<string>();
  const fail = (thrown: unknown): ConnectError => {
    const told = tell(thrown);
    over.resolve(Code[told.code]);
    return told;
  };
  try {
    ends.throwIfAborted();
    const given = await beforeEnd(ends, next(checked(call)));
    const message = given.stream && guarded(given.message, ends, inThisName(), () => over.resolve("ok"), fail);
    answered.resolve(message ? { ...given, message } : given);
    if (!message) return "ok";
  } catch (thrown) {
    answered.reject(fail(thrown));
  }
  return await over.promise;
}

/** A call's one message is held against its rules before anything else happens. */
function checked(call: Call): Call {
  if (!call.stream) {
    requireValid(call.method.input, call.message);
    return call;
  }
  const { method, message } = call;
  if (method.methodKind !== "server_streaming") return call;
  async function* single() {
    for await (const request of message) {
      requireValid(method.input, request);
      yield request;
    }
  }
  return { ...call, message: single() };
}

/** A stream that ends when it is told to, whatever it waits for. */
async function* guarded<Message>(
  messages: AsyncIterable<Message>,
  ends: AbortSignal,
  inName: ReturnType<typeof inThisName>,
  onEnd: () => void,
  fail: (thrown: unknown) => ConnectError,
): AsyncGenerator<Message> {
  const reader = messages[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await beforeEnd(ends, inName(() => reader.next()));
      if (done === true) return;
      yield value;
    }
  } catch (thrown) {
    throw fail(thrown);
  } finally {
    onEnd();
    // Not awaited: who waits for something returns only after it.
    reader.return?.().catch(() => {});
  }
}

/** The work's outcome, or what the signal was aborted with when that is earlier. */
function beforeEnd<T>(ends: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(ends.reason);
    if (ends.aborted) onAbort();
    ends.addEventListener("abort", onAbort);
    work.then(resolve, reject).finally(() => ends.removeEventListener("abort", onAbort));
  });
}
