/** What is asked over a socket, carried out one operation at a time and each in the name of who asks. */
import type { IncomingHttpHeaders } from "node:http";
import { type ExecutionArgs, getOperationAST, type GraphQLError, OperationTypeNode } from "graphql";
import { type Context, makeServer, type OperationResult, type Server, type SubscribePayload } from "graphql-ws";
import { StatewrightError } from "../../kernel/errors.ts";
import type { Credentials } from "../access/credentials.ts";
import { inThisName } from "../access/principal.ts";
import { admitted } from "./access.ts";
import type { GraphQLDependencies } from "./dependencies.ts";
import { traced, withoutHttp } from "./errors.ts";
import { newJournal, outcomeOf } from "./journal.ts";
import { newTraceId } from "./trace.ts";
import type { Yoga } from "./yoga.ts";

/** The request that opened a socket. */
export interface Opened {
  readonly headers: IncomingHttpHeaders;
}

type Parameters = Readonly<Record<string, unknown>>;
type Result = Awaited<OperationResult>;

/** At once on one socket. */
const MAX_OPERATIONS = 100;

export function createProtocol(yoga: Yoga, dependencies: GraphQLDependencies): Server<Opened> {
  const { access, logger } = dependencies;
  const runs = new WeakMap<ExecutionArgs, () => Promise<Result>>();
  const run = (args: ExecutionArgs) => runs.get(args)!();
  const shown = (error: unknown): GraphQLError => withoutHttp(traced(error, newTraceId(undefined), logger));
  return makeServer<Parameters, Opened>({
    async onSubscribe(context, _id, payload) {
      try {
        if (Object.keys(context.subscriptions).length > MAX_OPERATIONS) {
          throw new StatewrightError("LIMIT", `A socket carries ${MAX_OPERATIONS} operations at once`);
        }
        return await admitted(access, credentialsIn(context), async () => {
          const { args, errors } = prepare(yoga, payload);
          if (errors.length > 0) return errors;
          const inName = inThisName();
          runs.set(args, () => inName(() => carryOut(yoga, dependencies, args)));
          return args;
        });
      } catch (thrown) {
        return [shown(thrown)];
      }
    },
    execute: run,
    subscribe: run,
    onNext: (_context, _id, _payload, _args, { data = null, errors }) =>
      errors ? { data, errors: errors.map((error) => shown(error).toJSON()) } : undefined,
    onError: (_context, _id, _payload, errors) => errors.map((error) => shown(error).toJSON()),
  });
}

/** Browsers cannot send headers with a socket; they say who they are when they connect. */
function credentialsIn({ connectionParams = {}, extra: { headers } }: Context<Parameters, Opened>): Credentials {
  const given = (name: string, header: unknown) => {
    const value = connectionParams[name] ?? header;
    return typeof value === "string" ? value : undefined;
  };
  return {
    authorization: given("authorization", headers.authorization),
    apiKey: given("apiKey", headers["x-api-key"]),
  };
}

function prepare(yoga: Yoga, { query, variables, operationName }: SubscribePayload) {
  const { schema, parse, validate } = yoga.getEnveloped({});
  const document = parse(query);
  const args: ExecutionArgs = {
    schema,
    document,
    variableValues: variables ?? null,
    operationName: operationName ?? null,
  };
  return { args, errors: validate(schema, document) as readonly GraphQLError[] };
}

async function carryOut(yoga: Yoga, { observe }: GraphQLDependencies, args: ExecutionArgs): Promise<Result> {
  const answered = Promise.withResolvers<Result>();
  const work = async (traceId: string) => {
    const journal = newJournal(traceId);
    const { execute, subscribe, contextFactory } = yoga.getEnveloped({ journal });
    const isStream = getOperationAST(args.document, args.operationName)?.operation === OperationTypeNode.SUBSCRIPTION;
    const contextValue = await contextFactory();
    answered.resolve(await (isStream ? subscribe : execute)({ ...args, contextValue }));
    return outcomeOf(journal);
  };
  const observed = observe
    ? observe({ door: "graphql", method: "socket", traceparent: undefined }, work)
    : work(newTraceId(undefined));
  await observed;
  return await answered.promise;
}
