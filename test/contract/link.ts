/** What every link between nodes keeps. Each test is a sentence of src/messaging/node-link.ts. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { StatewrightError } from "../../src/kernel/errors.ts";
import { newId } from "../../src/kernel/ids.ts";
import type { NodeLink } from "../../src/messaging/node-link.ts";

export interface LinkUnderTest {
  readonly link: NodeLink;
  /** What another node has. */
  readonly other: NodeLink;
  dispose(): Promise<void>;
}

export function linkContract(open: () => Promise<LinkUnderTest>): void {
  let under: LinkUnderTest;
  let address: string;
  beforeEach(async () => {
    under = await open();
    address = `node ${newId()}.*`;
  });
  afterEach(() => under.dispose());

  it("brings a request to whoever serves the address, and the answer back", async () => {
    await under.link.serve(address, async (request) => `${request} back`);
    await under.link.serve(`${address}2`, async () => "somebody else");
    const text = 'ä, 😀 and \\ " \n';
    expect(await under.other.request(address, text, 5_000)).toBe(`${text} back`);
    expect(await under.other.request(address, "", 5_000)).toBe(" back");
  });

  it("takes 900 kB", async () => {
    await under.link.serve(address, async (request) => String(request.length));
    expect(await under.other.request(address, "x".repeat(900_000), 5_000)).toBe("900000");
  });

  it("serves many at once", async () => {
    const waiting: (() => void)[] = [];
    await under.link.serve(address, async (request) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 50) { for (const go of waiting) go(); }
      });
      return request;
    });
    const requests = Array.from({ length: 50 }, (_, i) => String(i));
    const answers = await Promise.all(requests.map((request) => under.other.request(address, request, 5_000)));
    expect(answers).toEqual(requests);
  });

  it("says at once that nobody listens", async () => {
    await expect(under.other.request(address, "?", 30_000)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    const server = await under.link.serve(address, async () => "!");
    await server.close();
    await expect(under.other.request(address, "?", 30_000)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it("says that no answer came in time", async () => {
    await under.link.serve(address, () => new Promise(() => {}));
    await expect(under.other.request(address, "?", 50)).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  });

  it("brings back what the handler threw, in our codes", async () => {
    await under.link.serve(address, async (request) => {
      if (request === "ours") throw new StatewrightError("OVERLOADED", "too much", { cause: new Error("inside") });
      throw new TypeError("unexpected");
    });
    const ours = await under.other.request(address, "ours", 5_000).catch((thrown: unknown) => thrown);
    expect(ours).toBeInstanceOf(StatewrightError);
    expect(ours).toMatchObject({ code: "OVERLOADED", message: "too much" });
    await expect(under.other.request(address, "any", 5_000)).rejects.toMatchObject({ code: "INTERNAL" });
  });

  it("closes once those under way are answered, and takes no new ones", async () => {
    let heard = () => {};
    const answers: ((answer: string) => void)[] = [];
    const asked = new Promise<void>((resolve) => heard = resolve);
    const server = await under.link.serve(address, () => {
      heard();
      return new Promise((resolve) => answers.push(resolve));
    });
    const reply = under.other.request(address, "?", 5_000);
    await asked;
    let closed = false;
    const closing = server.close().then(() => closed = true);
    // One that comes before the word of the end has got round still counts as under way.
    await expect(under.other.request(address, "?", 500)).rejects.toMatchObject({
      code: expect.stringMatching(/^(UNAVAILABLE|DEADLINE_EXCEEDED)$/),
    });
    expect(closed).toBe(false);
    for (const answer of answers) answer("late");
    expect(await reply).toBe("late");
    await closing;
  });
}
