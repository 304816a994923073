/**
 * Planted bugs: each breaks one thing by replacing one piece of text in a copy of the sources. Nothing of it is in what
 * is shipped, and a piece that is no longer there, or there twice, fails a test.
 */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The file of the test that catches it: for what comes together too seldom in a simulation. */
  readonly test?: string;
}

const TO_THE_APPENDER = "this.#tail.append(entry, verdict.event, verdict.moved);";

export const MUTANTS: readonly Mutant[] = [
  {
    name: "no version check",
    file: "src/store/memory/memory-log.ts",
    find: 'if (stream.length !== run.expectedVersion) return { outcome: "conflict" };',
    replace: "",
  },
  {
    name: "checkpoint in a transaction of its own",
    file: "test/support/sim/sim-read-models.ts",
    find: "if (fate.isCut) throw",
    replace: "row.position = events.at(-1)!.position;\n      if (fate.isCut) throw",
  },
  {
    name: "repeated messages are not recognised",
    file: "src/runtime/actor.ts",
    find: "if (messageId === undefined) return false;",
    replace: "return false;",
  },
  {
    name: "effects start before their intent is committed",
    file: "src/runtime/actor.ts",
    find: TO_THE_APPENDER,
    replace: `{
      ${TO_THE_APPENDER}
      this.#host.committed(this, verdict.event.state.open, []);
    }`,
  },
  {
    name: "answered before the commit",
    file: "src/runtime/actor.ts",
    find: TO_THE_APPENDER,
    replace: `{
      ${TO_THE_APPENDER}
      const { version, path } = verdict.event.state;
      this.#answer(entry, { version, position: 0, state: path, recordedAt: 0 });
    }`,
  },
  {
    name: "a new payment key at each try",
    file: "src/shop/payments/payment-activities.ts",
    find: `{ signal }): Promise<PaymentEvent> {
        const answer = await provider.capture(request, signal);`,
    replace: `{ signal, attempt }): Promise<PaymentEvent> {
        const answer = await provider.capture({ ...request, key: \`\${request.key}:\${attempt}\` }, signal);`,
  },
  {
    name: "no answer is taken for a no",
    file: "src/shop/payments/payment-activities.ts",
    find: "await provider.capture(request, signal);",
    replace:
      'await provider.capture(request, signal).catch(() => ({ outcome: "declined", reason: "silent" }) as const);',
  },
  {
    name: "the log is read in another order than it was committed in",
    file: "test/support/sim/sim-read-models.ts",
    find: "const events = await this.#log.readAll({ after: row.position, limit });",
    replace: `const events = (await this.#log.readAll({ after: row.position, limit }))
        .toSorted((a, b) => (a.snapshotHash < b.snapshotHash ? -1 : 1));`,
  },
  {
    name: "timers are due by the node's clock",
    file: "test/support/sim/sim-store.ts",
    find: "const answer = await method.apply(store, [...args]);",
    replace: `database.skewMs = name === "claimDue" ? process.skewMs : 0;
        const answer = await method.apply(store, [...args]);
        database.skewMs = 0;`,
  },
  {
    name: "compensation begins with the first line",
    file: "machines/order/obligations.ts",
    find: "[...items.entries()].reverse()",
    replace: "[...items.entries()]",
  },
  {
    name: "the relay moves on before the feed has taken it",
    file: "src/messaging/cluster-relay.ts",
    find: "mark: await bus.publish(events, after), position",
    replace: "mark: await bus.publish(events, after).catch(() => this.#at.mark), position",
  },
  {
    name: "a message that the feed lost is not missed",
    file: "src/messaging/jetstream/feed-publisher.ts",
    find: ": headersOf(message, AFTER_EVENT, before.id);",
    replace: ': headersOf(message, "Nothing", before.id);',
  },
  {
    name: "the oldest is dropped from a full mailbox",
    file: "src/runtime/mailbox-bounds.ts",
    find:
      'return new StatewrightError("OVERLOADED", `${stream} has ${MAX_MAILBOX} proposals waiting; try again shortly`);',
    replace: "(mailbox as Entry[]).shift();",
  },
  {
    name: "a conflict is not looked into",
    file: "src/runtime/actor.ts",
    find: 'if (why === "conflict") this.#load(this.#host.confirmEpoch());',
    replace: "",
  },
  {
    name: "messages overtake each other",
    file: "src/runtime/messages.ts",
    find: "(before ? before.then(deliver) : deliver())",
    replace: "(before ? deliver() : deliver())",
  },
  {
    name: "nobody looks after work under way",
    file: "src/runtime/effects.ts",
    find: "busy: open.some(isWork)",
    replace: "busy: false",
  },
  {
    name: "the work of the dead is left where it is",
    file: "src/runtime/wakeups.ts",
    find: "await registry.claimOrphans(epoch, BATCH);",
    replace: "[] as WaitingRow[];",
  },
  {
    name: "a claim whose answer was lost is forgotten",
    file: "src/runtime/wakeups.ts",
    find: "if (this.#isInDoubt) await this.#recall(epoch);",
    replace: "",
  },
  {
    name: "a waking actor is not compared with its row's messages",
    file: "src/runtime/residents.ts",
    find: "messages.every(({ effect }) => effects.some(({ id }) => id === effect));",
    replace: "messages.length >= 0;",
    test: "test/runtime/late-writes.test.ts",
  },
  {
    name: "a waiting row stays though a timer is due earlier",
    file: "src/runtime/effects.ts",
    find: "before <= (effect.dueAt ?? since + effect.delayMs)",
    replace: "before !== since",
    test: "test/runtime/rows-that-stay.test.ts",
  },
  {
    name: "a waiting row is corrected though the node that left it lives",
    file: "src/runtime/actor.ts",
    find: 'this.#host.livesElsewhere(writtenBy) ? "others" : "left"',
    replace: '"left"',
    test: "test/runtime/rows-that-stay.test.ts",
  },
  {
    name: "a message is new, whatever the marks of a snapshot say",
    file: "src/runtime/recent-messages.ts",
    find: "this.#marks.fromVersion <= oldest && !this.#marks.mayHave(messageId)",
    replace: "this.#marks.fromVersion <= oldest",
    test: "test/runtime/long-streams.test.ts",
  },
  {
    name: "a delivery whose row could not be written is forgotten",
    file: "src/runtime/tail.ts",
    find: "if (run.delivered.size > 0) this.#delivered = new Set([...this.#delivered, ...run.delivered]);",
    replace: "",
  },
  {
    name: "an actor that is loaded anew forgets what it has delivered",
    file: "src/runtime/tail.ts",
    find: "this.#delivered = new Set(open.map(({ id }) => id).filter((id) => this.#delivered.has(id)));",
    replace: "this.#delivered = NOTHING_DELIVERED;",
  },
  {
    name: "refused by what is in memory",
    file: "src/runtime/local-actors.ts",
    find: "return isNo(answer) ? again(await residents.fresh(ref)) : answer;",
    replace: "return answer;",
  },
  {
    name: "read from what is in memory",
    file: "src/runtime/local-actors.ts",
    find: "return mayBeOutdated(ref) ? residents.fresh(ref) : residents.get(ref);",
    replace: "return residents.get(ref);",
  },
  {
    name: "request keys are not looked at by the append",
    file: "src/store/memory/memory-log.ts",
    find: 'if (run.requestKeys.some(findRequest)) return { outcome: "keyTaken" };',
    replace: "",
  },
  {
    name: "a projection keeps the first of a batch",
    file: "src/shop/projections/by-actor.ts",
    find: "latest: event,",
    replace: "latest: before?.latest ?? event,",
  },
  {
    name: "stock is oversold by one",
    file: "machines/stock/machine.ts",
    find: "questionAt(moment).quantity <= moment.context.available,",
    replace: "questionAt(moment).quantity <= moment.context.available + 1,",
  },
  {
    name: "a wish to refund is forgotten while capturing",
    file: "machines/payment/machine.ts",
    find: '{ guard: "refundIsWanted", target: "refunding", actions: ["noteCharge", "tellCaptured"] },',
    replace: "",
  },
  {
    name: "an outcome that the store did not take is given up",
    file: "src/runtime/settlement.ts",
    find: "await sleep(clock, Math.ceil(",
    replace: "return void (Math.ceil(",
  },
  {
    name: "undelivered messages are forgotten at a recovery",
    file: "src/runtime/actor-state.ts",
    find: 'new Set(notes.filter(({ kind }) => kind === "message").map(({ effect }) => effect));',
    replace: 'new Set(notes.filter(({ kind }) => kind !== "message").map(({ effect }) => effect));',
  },
  {
    name: "timers run anew at a recovery",
    file: "src/runtime/effects.ts",
    find: 'effect.kind === "timer" ? row.recordedAt + effect.delayMs : null;',
    replace: 'effect.kind === "timer" ? row.recordedAt : null;',
  },
  {
    name: "a follower jumps over what it missed",
    file: "src/runtime/subscription.ts",
    find: "if (event.version > this.#next || this.#queue.length >= MAX_QUEUED) {",
    replace: "this.#next = event.version;\n      if (this.#queue.length >= MAX_QUEUED) {",
  },
];
