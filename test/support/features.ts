/**
 * Every feature of XState that is durable, each as a small story: what goes before, the intent, and what has to have
 * happened once all is done, however often the process died in between.
 */
import type { MachineEvent } from "../../src/runtime/machine-event.ts";
import type { Call } from "./toy-calls.ts";

export interface Feature {
  readonly name: string;
  /** Told first, in order; each is waited for. */
  readonly before: readonly Call[];
  /** Streams and how long they are before the intent, when `before` leads to events by itself. */
  readonly settled?: Readonly<Record<string, number>>;
  readonly intent: Call;
  /** The types of the events of each stream in the end. */
  readonly histories: Readonly<Record<string, readonly string[]>>;
  /** Told after the restart. */
  readonly afterwards?: readonly Call[];
}

const tell = (actor: string, type: string, fields: object = {}): Call => ({
  actor,
  event: { type, ...fields },
});

const story = (actor: string, ...events: (string | MachineEvent)[]): Call[] =>
  events.map((event) => typeof event === "string" ? tell(actor, event) : { actor, event });

/** A boss with a helper at work. */
const delegated = (id: string) => ({
  before: [tell(`boss/${id}`, "Appointed", { of: 21 })],
  settled: { [`boss/${id}`]: 2 },
});

/** A foreman with a task at work. */
const called = (id: string) => ({
  before: story(`foreman/${id}`, "Employed", "Called"),
  settled: { [`foreman/${id}`]: 3 },
});

export const FEATURES: readonly Feature[] = [
  {
    name: "invoke: its output is onDone",
    before: [],
    intent: tell("worker/done", "Hired"),
    histories: { "worker/done": ["Hired", "ActivityCompleted"] },
  },
  {
    name: "invoke: its failure is onError",
    before: [],
    intent: tell("worker/error", "Hired"),
    histories: { "worker/error": ["Hired", "ActivityFailed"] },
  },
  {
    name: "invoke of an actor: it is created, and sendParent reaches its parent",
    before: [],
    intent: tell("boss/child", "Appointed", { of: 21 }),
    histories: { "boss/child": ["Appointed", "Begun"], "task/boss_child_1_helper": ["Assigned"] },
  },
  {
    name: "invoke of an actor: it hears a message and replies",
    ...delegated("reply"),
    intent: tell("boss/reply", "Prodded"),
    histories: {
      "boss/reply": ["Appointed", "Begun", "Prodded", "Ouch"],
      "task/boss_reply_1_helper": ["Assigned", "Nudged"],
    },
  },
  {
    name: "invoke of an actor: its output at the end is onDone",
    ...delegated("output"),
    intent: tell("task/boss_output_1_helper", "Done"),
    histories: {
      "boss/output": ["Appointed", "Begun", "ChildCompleted"],
      "task/boss_output_1_helper": ["Assigned", "Done"],
    },
  },
  {
    name: "invoke of an actor: it is stopped when its state is left",
    ...delegated("leaving"),
    intent: tell("boss/leaving", "LostPatience"),
    histories: {
      "boss/leaving": ["Appointed", "Begun", "LostPatience"],
      "task/boss_leaving_1_helper": ["Assigned", "Stopped"],
    },
  },
  {
    name: "invoke of an actor: all descendants are stopped when the machine ends",
    before: [tell("chief/end", "Elected")],
    settled: { "chief/end": 1, "boss/chief_end_1_deputy": 2 },
    intent: tell("chief/end", "LeftOffice"),
    histories: {
      "chief/end": ["Elected", "LeftOffice"],
      "boss/chief_end_1_deputy": ["Appointed", "Begun", "Stopped"],
      "task/boss_chief_end_1_deputy_1_helper": ["Assigned", "Stopped"],
    },
  },
  {
    name: "invoke of an actor: one that cannot be made is onError",
    before: [],
    intent: tell("boss/refused", "Appointed", { of: "a word" }),
    histories: { "boss/refused": ["Appointed", "ChildFailed"] },
  },
  {
    name: "spawnChild: the child is created and speaks to its parent",
    before: [tell("foreman/spawn", "Employed")],
    intent: tell("foreman/spawn", "Called"),
    histories: { "foreman/spawn": ["Employed", "Called", "Begun"], "task/foreman_spawn_2_hand": ["Assigned"] },
  },
  {
    name: "spawnChild: the child's end is an event of its parent",
    ...called("end"),
    intent: tell("task/foreman_end_2_hand", "Done"),
    histories: {
      "foreman/end": ["Employed", "Called", "Begun", "ChildCompleted"],
      "task/foreman_end_2_hand": ["Assigned", "Done"],
    },
  },
  {
    name: "spawnChild: the child's failure is an event of its parent",
    before: [tell("foreman/fault", "Employed")],
    intent: tell("foreman/fault", "FrailCalled"),
    histories: {
      "foreman/fault": ["Employed", "FrailCalled", "ChildFailed"],
      "frail/foreman_fault_2_hand": ["Roped", "ActivityFailed"],
    },
  },
  {
    name: "spawnChild: the child is stopped by stopChild on leaving",
    ...called("home"),
    intent: tell("foreman/home", "WentHome"),
    histories: {
      "foreman/home": ["Employed", "Called", "Begun", "WentHome"],
      "task/foreman_home_2_hand": ["Assigned", "Stopped"],
    },
  },
  {
    name: "after",
    before: [tell("gate/after", "Built")],
    intent: tell("gate/after", "Opened"),
    histories: { "gate/after": ["Built", "Opened", "TimerFired"] },
  },
  {
    name: "a delayed raise",
    before: [tell("alarm/raise", "Made")],
    intent: tell("alarm/raise", "Set", { ms: 40 }),
    histories: { "alarm/raise": ["Made", "Set", "TimerFired"] },
  },
  {
    name: "cancel of a delayed raise",
    before: [tell("alarm/cancel", "Made"), tell("alarm/cancel", "Set", { ms: 900 })],
    intent: tell("alarm/cancel", "Hushed"),
    histories: { "alarm/cancel": ["Made", "Set", "Hushed"] },
  },
  {
    name: "a delayed raise that replaces one of the same id",
    before: [tell("alarm/again", "Made"), tell("alarm/again", "Set", { ms: 900 })],
    intent: tell("alarm/again", "Set", { ms: 40 }),
    histories: { "alarm/again": ["Made", "Set", "Set", "TimerFired"] },
  },
  {
    name: "sendTo another actor, and its reply",
    before: [tell("oracle/one", "Founded"), tell("pilgrim/asks", "SetOut")],
    intent: tell("pilgrim/asks", "Wondered", { number: 21, oracle: "one" }),
    histories: { "pilgrim/asks": ["SetOut", "Wondered", "Answered"], "oracle/one": ["Founded", "Asked"] },
  },
  {
    name: "emit",
    before: [tell("herald/emit", "Appointed")],
    intent: tell("herald/emit", "Told", { news: "peace" }),
    histories: { "herald/emit": ["Appointed", "Told"] },
  },
  {
    name: "always",
    before: story("scales/always", "Hung", { type: "Loaded", by: 4 }),
    intent: tell("scales/always", "Loaded", { by: 7 }),
    histories: { "scales/always": ["Hung", "Loaded", "Loaded", "Loaded", "Loaded"] },
    afterwards: story("scales/always", { type: "Loaded", by: -5 }, { type: "Loaded", by: 20 }),
  },
  {
    name: "parallel and nested compound states, done together",
    before: story("desk/parallel", "Bought", "LampSwitched", "DrawerPulled"),
    intent: tell("desk/parallel", "DrawerFilled"),
    histories: {
      "desk/parallel": [
        "Bought",
        "LampSwitched",
        "DrawerPulled",
        "DrawerFilled",
        "LampSwitched",
        "DrawerPulled",
        "Locked",
      ],
    },
    afterwards: story("desk/parallel", "LampSwitched", "DrawerPulled", "Locked"),
  },
  {
    name: "shallow and deep history",
    before: story("radio/history", "Unpacked", "SwitchedOn", "TapeInserted", "Skipped"),
    intent: tell("radio/history", "SwitchedOff"),
    histories: {
      "radio/history": [
        "Unpacked",
        "SwitchedOn",
        "TapeInserted",
        "Skipped",
        "SwitchedOff",
        "SwitchedOn",
        "Skipped",
        "SwitchedOff",
        "Continued",
      ],
    },
    afterwards: story("radio/history", "SwitchedOn", "Skipped", "SwitchedOff", "Continued"),
  },
  {
    name: "final states with output, nested and at the root",
    before: story("exam/final", "Begun", { type: "Answered", points: 3 }),
    intent: tell("exam/final", "Answered", { points: 4 }),
    histories: { "exam/final": ["Begun", "Answered", "Answered", "Marked"] },
    afterwards: [tell("exam/final", "Marked")],
  },
];
