/** Lists of customers, from their read model. */
import type { Transaction } from "../../projection/projection.ts";
import { countRows, type KeyedPage, milliseconds, readPage, type RowQuery, type Slice } from "../page.ts";
import type { Address, Customer } from "./customer.ts";

/** Customers, the longest registered first. */
export function listCustomers(readModel: Transaction, slice: Slice): Promise<KeyedPage<Customer>> {
  return readPage(readModel, ALL, slice, customerOf);
}

export function countCustomers(readModel: Transaction): Promise<number> {
  return countRows(readModel, ALL);
}

/** Customers by id, in one look; those there are not are left out. */
export async function customersById(readModel: Transaction, ids: readonly string[]): Promise<Map<string, Customer>> {
  const rows = await readModel.query(
    `select ${COLUMNS} from customer_summaries where id in (select json_array_elements_text($1::text::json))`,
    [JSON.stringify([...new Set(ids)])],
  );
  return new Map(rows.map(customerOf).map((customer) => [customer.id, customer]));
}

const COLUMNS = `id, name, email, username, bio, address::text as address, version, ${milliseconds("created_at")},
  ${milliseconds("updated_at")}`;

const ALL: RowQuery = {
  table: "customer_summaries",
  columns: COLUMNS,
  key: "registered_position",
  newestFirst: false,
  where: [],
};

function customerOf(row: Record<string, unknown>): Customer {
  const { username, bio, address } = row;
  return {
    id: String(row["id"]),
    name: String(row["name"]),
    email: String(row["email"]),
    ...(typeof username === "string" && username !== "" && { username }),
    ...(typeof bio === "string" && bio !== "" && { bio }),
    ...(typeof address === "string" && { address: JSON.parse(address) as Address }),
    version: Number(row["version"]),
    createdAt: Number(row["created_at"]),
    updatedAt: Number(row["updated_at"]),
  };
}
