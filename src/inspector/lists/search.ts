/** Finding an actor, a customer, a machine or a state by what somebody remembers of it. */
import type { Transaction } from "../../projection/projection.ts";
import type { Machines } from "../machines.ts";

export interface Found {
  readonly kind: "actor" | "customer" | "machine" | "state";
  readonly title: string;
  readonly detail: string;
  /** Relative to the inspector's root. */
  readonly page: string;
}

const MOST = 20;
/** Shorter parts of an id would find everything. */
const LEAST_OF_AN_ID = 4;

export async function search(
  readModels: Transaction,
  machines: Machines,
  text: string,
  seesPersonal: boolean,
): Promise<Found[]> {
  const wanted = text.trim().toLowerCase().slice(0, 200);
  if (wanted === "") return [];
  const [actors, orders, customers] = await Promise.all([
    findActors(readModels, machines, text.trim()),
    wanted.length < LEAST_OF_AN_ID ? [] : findOrders(readModels, wanted),
    seesPersonal ? findCustomers(readModels, wanted) : [],
  ]);
  const found = [...actors, ...findMachines(machines, wanted), ...orders, ...customers];
  return found.filter(({ page }, n) => found.findIndex((other) => other.page === page) === n).slice(0, MOST);
}

/** By address, or by the beginning of an id in each type. */
async function findActors(readModels: Transaction, machines: Machines, text: string): Promise<Found[]> {
  const [type, rest] = text.includes("/") ? text.split("/", 2) : ["", text];
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(rest ?? "") || (type === "" && text.length < LEAST_OF_AN_ID)) return [];
  const types = machines.all.map((machine) => machine.type).filter((known) => type === "" || known === type);
  const rows = await Promise.all(types.map((known) =>
    readModels.query(
      `select stream from events where version = 1 and stream >= $1 and stream < $1 || chr(127) order by stream limit 5`,
      [`${known}/${rest}`],
    )
  ));
  return rows.flat().map(({ stream }) => actorFound(String(stream), ""));
}

function actorFound(stream: string, detail: string): Found {
  return { kind: "actor", title: stream.replace("/", " "), detail, page: `actors/${stream}` };
}

/** By any part of the id or of the customer's, from the read model. */
async function findOrders(readModels: Transaction, wanted: string): Promise<Found[]> {
  const rows = await readModels.query(
    `select id, state from order_summaries where position($1 in id) > 0 or customer_id = $1
     order by placed_position desc limit 10`,
    [wanted],
  );
  return rows.map(({ id, state }) => actorFound(`order/${String(id)}`, String(state)));
}

async function findCustomers(readModels: Transaction, wanted: string): Promise<Found[]> {
  const rows = await readModels.query(
    `select id, name, email from customer_summaries
     where position($1 in lower(name)) > 0 or position($1 in lower(email)) > 0 order by registered_position limit 10`,
    [wanted],
  );
  return rows.map(({ id, name, email }) => ({
    kind: "customer",
    title: String(name),
    detail: String(email),
    page: `actors/customer/${String(id)}`,
  }));
}

function findMachines({ all }: Machines, wanted: string): Found[] {
  return all.flatMap(({ type, model }): Found[] => {
    const page = `machines/${type}`;
    const machine: Found[] = type.toLowerCase().includes(wanted)
      ? [{ kind: "machine", title: type, detail: model.description ?? "", page }]
      : [];
    const states = model.states.filter(({ path }) => path !== "" && path.toLowerCase().includes(wanted));
    return [
      ...machine,
      ...states.slice(0, 5).map(({ path }): Found => ({
        kind: "state",
        title: `${type} ${path}`,
        detail: "actors in this state",
        page: `instances?type=${type}&state=${encodeURIComponent(path)}`,
      })),
    ];
  });
}
