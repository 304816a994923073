/** One shop, several doors: whatever is asked, and in whatever order, each door gives the same answer and leaves the same events. */
import { test as property } from "@fast-check/vitest";
import { afterAll, beforeAll, expect } from "vitest";
import { eventually } from "../../support/eventually.ts";
import type { Door } from "./door.ts";
import { openGraphQLDoor } from "./graphql-door.ts";
import { openGrpcDoor } from "./grpc-door.ts";
import { life, live } from "./life.ts";
import { openRestDoor } from "./rest-door.ts";

let doors: Door[];
let run = 0;
beforeAll(async () => {
  doors = await Promise.all([openRestDoor(), openGrpcDoor(), openGraphQLDoor()]);
});
afterAll(() => Promise.all(doors.map((door) => door.stop())));

property.prop([life], { numRuns: 40 })("the doors agree", async (steps) => {
  run++;
  const [first, ...others] = await Promise.all(doors.map((door) => live(door, steps, run)));
  for (const other of others) {
    expect(other.answers).toEqual(first!.answers);
    await eventually(async () => expect(await other.histories()).toEqual(await first!.histories()));
  }
}, 120_000);
