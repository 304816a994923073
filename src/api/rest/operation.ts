import type { ANSWER_SHAPES, REQUEST_SHAPES } from "./shapes.ts";

/** What is no shape of ours. */
type MediaType = "text/event-stream" | "text/html" | "text/plain";

/** One operation of this door, for its description. */
export interface Operation {
  readonly tag: "Orders" | "Products" | "Customers" | "Operators" | "Actors" | "Service";
  readonly summary: string;
  /** Query parameters, each with what it means. */
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: keyof typeof REQUEST_SHAPES;
  /** What good answers look like; what goes wrong is always a `Problem`. */
  readonly answers: Readonly<Record<number, keyof typeof ANSWER_SHAPES | MediaType | "JSON" | null>>;
  /** Takes `If-None-Match`. */
  readonly isConditional?: boolean;
}
