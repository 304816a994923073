/** Each operation as it is carried out, whichever way it came: what it is called, and what went wrong with it. */
import { type ExecutionArgs, type ExecutionResult, getOperationAST, Kind } from "graphql";
import { handleStreamOrSingleExecutionResult, isAsyncIterable, type Plugin } from "graphql-yoga";
import type { StatewrightError } from "../../kernel/errors.ts";
import type { Logger } from "../../kernel/logger.ts";
import { PROBLEMS } from "../problems.ts";
import type { GraphQLContext } from "./context.ts";
import { codeOf, toGraphQLError, traced } from "./errors.ts";
import type { Journal } from "./journal.ts";

export interface ServerContext {
  readonly journal: Journal;
  /** Why it is not let in. */
  readonly refusal?: StatewrightError;
}

/** Notes each operation, and tells its errors as the one table has them. */
export function journaled(logger: Logger): Plugin<GraphQLContext, ServerContext> {
  return {
    onParse: () => ({ result, replaceParseResult }) => {
      if (result instanceof Error) replaceParseResult(toGraphQLError(result));
    },
    onValidate: () => ({ valid, result, setResult }) => {
      if (!valid) setResult(result.map(toGraphQLError));
    },
    onExecute({ args }) {
      const { journal } = args.contextValue;
      journal.route = routeOf(args);
      return {
        onExecuteDone: (payload) =>
          handleStreamOrSingleExecutionResult(
            payload,
            ({ result, setResult }) => setResult(told(result, journal, logger)),
          ),
      };
    },
    onSubscribe({ args }) {
      const { journal } = args.contextValue;
      journal.route = routeOf(args);
      return {
        onSubscribeResult: (payload) =>
          handleStreamOrSingleExecutionResult(
            payload,
            ({ result, setResult }) => setResult(told(result, journal, logger)),
          ),
        onSubscribeError({ error, setError }) {
          const shown = traced(error, journal.traceId, logger);
          journal.code = codeOf(shown);
          setError(shown);
        },
      };
    },
    onResultProcess({ result, setResult, serverContext: { journal } }) {
      if (isAsyncIterable(result) || Array.isArray(result)) return;
      setResult(withStatus(told(result, journal, logger)));
    },
  };
}

/** A result whose errors are ours. */
function told<Result extends ExecutionResult>(result: Result, journal: Journal, logger: Logger): Result {
  if (result.errors === undefined || result.errors.length === 0) return result;
  const errors = result.errors.map((error) => traced(error, journal.traceId, logger));
  journal.code = codeOf(errors[0]!);
  return { ...result, errors };
}

/** Who gets nothing, because something does not answer, hears that by the status too. */
function withStatus<Result extends ExecutionResult>(result: Result): Result {
  const { data, errors = [] } = result;
  const codes = errors.map(codeOf);
  const isEmpty = Object.values(data ?? {}).every((field) => field === null);
  const [code] = codes;
  if (!isEmpty || code === undefined || !codes.every((each) => each && PROBLEMS[each].http > 500)) return result;
  const http = { status: PROBLEMS[code].http, headers: { "retry-after": "1" } };
  return { ...result, extensions: { ...result.extensions, http } };
}

function routeOf({ document, operationName }: Pick<ExecutionArgs, "document" | "operationName">): string {
  const operation = getOperationAST(document, operationName);
  const field = operation?.selectionSet.selections.find(({ kind }) => kind === Kind.FIELD);
  return [operation?.operation, field?.kind === Kind.FIELD ? field.name.value : undefined].filter(Boolean).join(" ");
}
