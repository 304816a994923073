import type { Operation } from "./operation.ts";

const tag = "Operators";

/** The operations of `mending.ts`. */
export const MENDING_OPERATIONS: Readonly<Record<string, Operation>> = {
  "GET /v1/stuck": {
    tag,
    summary: "Actors that nobody can wake, and those that have waited long past their time",
    query: { type: "only actors of this type", after: "what the page before gave as `next`" },
    answers: { 200: "JSON" },
  },
  "GET /v1/actors/{type}/{id}/why": { tag, summary: "Why it waits, and for what", answers: { 200: "JSON" } },
  "POST /v1/actors/{type}/{id}/retry": {
    tag,
    summary: "Have an open activity tried now instead of after its pause",
    body: "ActivityRetry",
    answers: { 200: "JSON" },
  },
  "POST /v1/dead-letters/redrive": {
    tag,
    summary: "Redrive all dead letters of one reason, or tell what that would do",
    body: "LettersRedrive",
    answers: { 200: "JSON" },
  },
  "POST /v1/dead-letters/{id}/redrive": {
    tag,
    summary: "Redrive one, or tell what that would do",
    body: "LetterRedrive",
    answers: { 200: "JSON" },
  },
  "GET /v1/dead-letters/{id}": {
    tag,
    summary: "A dead letter, and whether it can be redriven",
    answers: { 200: "DeadLetter" },
  },
  "DELETE /v1/dead-letters/{id}": {
    tag,
    summary: "Dismiss one",
    query: { reason: "why: it is kept with who did it; required" },
    answers: { 204: null },
  },
};
