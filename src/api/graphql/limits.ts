/** How much a document may ask for before anything of it is done. What it is answered with is bounded in `context.ts`. */
import { EnvelopArmorPlugin } from "@escape.tech/graphql-armor";
import { GraphQLError, type ValidationContext } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { ErrorCode } from "../../kernel/errors.ts";

const MAX_DEPTH = 12;
/** As graphql-armor counts: fields weigh by their depth, lists by a `first` that stands in the document. */
const MAX_COST = 50_000;
const MAX_ALIASES = 15;
const MAX_DIRECTIVES = 50;
const MAX_TOKENS = 1_000;

export function limits(): Plugin {
  const reported = (code: ErrorCode) => ({
    propagateOnRejection: false,
    onReject: [(context: ValidationContext | null, { message }: GraphQLError) => {
      const error = new GraphQLError(message.replace("Syntax Error: ", ""), {
        extensions: { code, http: { status: 400, spec: true } },
      });
      // There is none while the text is still read.
      if (context === null) throw error;
      context.reportError(error);
    }],
  });
  return EnvelopArmorPlugin({
    maxDepth: { n: MAX_DEPTH, flattenFragments: true, ...reported("TOO_DEEP") },
    costLimit: { maxCost: MAX_COST, flattenFragments: true, ...reported("LIMIT") },
    maxAliases: { n: MAX_ALIASES, ...reported("LIMIT") },
    maxDirectives: { n: MAX_DIRECTIVES, ...reported("LIMIT") },
    maxTokens: { n: MAX_TOKENS, ...reported("LIMIT") },
    // Whoever may ask may also read the schema.
    blockFieldSuggestion: { enabled: false },
  });
}
