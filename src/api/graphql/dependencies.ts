import type { DoorDependencies } from "../dependencies.ts";
import type { ObserveRequest } from "../requests.ts";

/** What the GraphQL door needs of the rest of the house. */
export interface GraphQLDependencies extends Omit<DoorDependencies, "deadLetters"> {
  /** One for all doors; see `api/requests.ts`. */
  readonly observe?: ObserveRequest;
}
