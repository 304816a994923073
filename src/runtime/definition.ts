/**
 * What a developer brings: a machine, the events it may be told, and the work its `invoke`s stand for.
 */
import type { AnyStateMachine, EventFromLogic, InputFrom, OutputFrom, StateMachine } from "xstate";
import type { ActorRef } from "../kernel/ids.ts";

/** Who may propose an event: a customer's client, an operator, or only code behind the doors and other actors. */
export type Proposer = "client" | "operator" | "internal";

/**
 * The one method of a Standard Schema (https://standardschema.dev) that is used here, so that any library's schema
 * fits. Schemas of durable events must answer synchronously.
 */
export interface EventSchema {
  readonly "~standard": {
    readonly validate: (value: unknown) => SchemaResult | Promise<SchemaResult>;
  };
}

export type SchemaResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** An event that others may propose: who may, and what it looks like. */
export interface EventDeclaration {
  /** The least that a proposer must be: an operator may what a client may, and internal code may everything. */
  readonly by: Proposer;
  /** Accepts the event without its `type`. */
  readonly schema: EventSchema;
}

/** How an activity that fails is tried again. */
export interface RetryPolicy {
  /** Attempts in all, the first included. Default 5. */
  readonly attempts: number;
  /** The longest wait after the first failure; it doubles with each one after it, with full jitter. Default 100. */
  readonly backoffMs: number;
  /** Default 10,000. */
  readonly maxBackoffMs: number;
  /** One attempt's time; after it the signal aborts and the outcome counts as unknown, so it is asked again. Default 30,000. */
  readonly timeoutMs: number;
}

/** What an activity is told beside its input. */
export interface ActivityContext {
  /** Whose work it is. */
  readonly actor: ActorRef;
  /** The same on every attempt, after a crash too: hand it to whatever must not happen twice. */
  readonly key: string;
  /** 1 for the first. Starts again at 1 after a crash. */
  readonly attempt: number;
  /** Aborts when nobody waits for the answer any more: the time is up, the state was left, or the node stops. */
  readonly signal: AbortSignal;
}

/** The work behind an `invoke`. It runs at least once; its outcome becomes an event of the actor. */
export type Activity = LocalActivity | RemoteActivity;

export interface LocalActivity {
  // oxlint-disable-next-line typescript/no-explicit-any -- the input's type is the machine's business, checked there.
  run(input: any, context: ActivityContext): Promise<unknown>;
  readonly remote?: false;
  /** True when `run` answers with an event of the machine (`{ type: "PaymentCaptured", … }`) instead of an output. */
  readonly answersWithEvent?: boolean;
  readonly retry?: Partial<RetryPolicy>;
  /** How many may run at once on this node. Default 64. */
  readonly concurrency?: number;
}

/** Work that other processes do, in whatever language; see "Work done elsewhere" in docs/bring-your-own-machine.md. */
export interface RemoteActivity {
  readonly remote: true;
  /** True when workers answer with an event of the machine instead of an output. */
  readonly answersWithEvent?: boolean;
  /** `timeoutMs` is how long a worker may be silent before the task goes to another one. */
  readonly retry?: Partial<RetryPolicy>;
}

/**
 * @param data as it was stored
 * @param writtenBy the identity of the machine that wrote it: `order@1#3f2a90c4d17b`
 */
// oxlint-disable-next-line typescript/no-explicit-any -- yesterday's shape is known to nobody but the upcaster.
export type Upcaster = (data: any, writtenBy: string) => object;

/** One version of a machine that stored actors may be on. */
export interface MachineVersion {
  /** The name that events know it by: never given to another machine. */
  readonly version: string;
  readonly machine: AnyStateMachine;
  /** As in {@link ActorDefinition}. */
  readonly source?: URL;
  /**
   * The context of an actor that comes from the version before, in this one's shape. Pure. Default: as it is.
   * @param state where the actor stands: `compensating.refunding`
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- yesterday's shape is known to nobody but this function.
  readonly adopt?: (context: any, state: string) => object;
}

/** A machine with everything that makes it durable. */
export interface ActorDefinition {
  /** The first part of its actors' addresses: a lower-case letter, then letters and digits. */
  readonly type: string;
  readonly machine: AnyStateMachine;
  /** The developer's own version of the machine; without `versions` a note for people, beside the hash. */
  readonly version: string;
  /** The folder of the machine's files, whose bytes tell one machine from the next. Default: the text of its functions. */
  readonly source?: URL;
  /**
   * Every version that stored actors may be on, oldest first, the one above among them: new actors begin with that one,
   * and those of versions before it move to it as soon as they can. All share the events, activities and children.
   */
  readonly versions?: readonly MachineVersion[];
  /** The event that creates an actor. Its data, with the actor's `id`, is the machine's input. */
  readonly created: string;
  /** Every event that others may propose. */
  readonly events: Readonly<Record<string, EventDeclaration>>;
  /** Brings the data of events that earlier machines have written into today's shape, by event type. Pure. */
  readonly upcasters?: Readonly<Record<string, Upcaster>>;
  /** By the `src` of the machine's `invoke`s. */
  readonly activities?: Readonly<Record<string, Activity>>;
  /** The `src`s that stand for actors of their own, each with the type it is registered under. */
  readonly children?: Readonly<Record<string, string>>;
  /** Custom actions that may be left out, because nothing durable depends on them (logging). */
  readonly ignore?: readonly string[];
}

/** The actors that a machine was set up with: `{ src, logic }` of each. */
type ActorsOf<Machine> = Machine extends StateMachine<
  infer _Context,
  infer _Event,
  infer _Children,
  infer Actors,
  infer _Action,
  infer _Guard,
  infer _Delay,
  infer _Value,
  infer _Tag,
  infer _Input,
  infer _Output,
  infer _Emitted,
  infer _Meta,
  infer _Schema,
  infer _TransitionMeta
> ? Actors
  : never;

type LogicOf<Machine, Src> = Extract<ActorsOf<Machine>, { src: Src }>["logic"];

/** An activity with the input that the machine gives it, and the output that the machine expects, or one of its events. */
type ActivityOf<Machine extends AnyStateMachine, Src> =
  | (RemoteActivity & { run?: never; concurrency?: never })
  | (
    & Omit<LocalActivity, "run" | "answersWithEvent">
    & (
      | { run: Work<InputFrom<LogicOf<Machine, Src>>, OutputFrom<LogicOf<Machine, Src>>>; answersWithEvent?: false }
      | { run: Work<InputFrom<LogicOf<Machine, Src>>, EventFromLogic<Machine>>; answersWithEvent: true }
    )
  );

type Work<Input, Answer> = (input: Input, context: ActivityContext) => Promise<Answer>;

/** A definition whose activities and children are those that its machine was set up with. */
export type DefinitionOf<Machine extends AnyStateMachine> =
  & Omit<ActorDefinition, "machine" | "activities" | "children">
  & {
    readonly machine: Machine;
    readonly activities?: NoInfer<{ readonly [Src in ActorsOf<Machine>["src"]]?: ActivityOf<Machine, Src> }>;
    readonly children?: { readonly [Src in ActorsOf<Machine>["src"]]?: string };
  };

/**
 * A definition that the compiler checks where it is written: the activities' names, inputs and outputs against the
 * machine. What cannot be durable is refused by `createRuntime`, with what to do instead.
 */
export function defineActor<Machine extends AnyStateMachine>(definition: DefinitionOf<Machine>): ActorDefinition {
  return definition as ActorDefinition;
}
