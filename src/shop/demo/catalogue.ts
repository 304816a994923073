/** What the demo shop sells, and to whom. All people are invented. */
import type { CustomerRegistered } from "../../../machines/customer/events.ts";
import type { ProductListed } from "../../../machines/product/events.ts";

const eur = (amount: string) => ({ amount, currency: "EUR" }) as const;

export const DEMO_PRODUCTS = {
  mug: { name: "Enamel mug", description: "0.35 l, cream with a blue rim", price: eur("1490"), stock: 500 },
  lamp: { name: "Desk lamp", description: "Dimmable, brass", price: eur("8900"), stock: 200 },
  keyboard: { name: "Mechanical keyboard", description: "Tenkeyless, quiet switches", price: eur("12500"), stock: 200 },
  notebook: { name: "Notebook", description: "A5, dotted, 192 pages", price: eur("990"), stock: 800 },
  backpack: { name: "Backpack", description: "24 l, waxed canvas", price: eur("14900"), stock: 120 },
  headphones: { name: "Headphones", description: "Over-ear, closed", price: eur("19900"), stock: 80 },
  /** Three are left: orders for more are denied. */
  telescope: { name: "Telescope", description: "70 mm refractor, the last three", price: eur("24900"), stock: 3 },
  /** Its shelf is being counted from the first day on. */
  kettle: { name: "Gooseneck kettle", description: "Its shelf is being counted", price: eur("6900"), stock: 60 },
  /** Its shelf is counted once an order holds some of it. */
  chair: { name: "Desk chair", description: "Oak and wool", price: eur("32900"), stock: 40 },
} as const satisfies Record<string, ProductListed>;

export type DemoProduct = keyof typeof DEMO_PRODUCTS;

export const DEMO_CUSTOMERS = {
  ada: { name: "Ada Quill", email: "ada@example.com" },
  bruno: { name: "Bruno Castell", email: "bruno@example.com" },
  chiara: { name: "Chiara Lund", email: "chiara@example.com" },
  dmitri: { name: "Dmitri Vale", email: "dmitri@example.com" },
  esther: { name: "Esther Okoro", email: "esther@example.com" },
} as const satisfies Record<string, CustomerRegistered>;

export type DemoCustomer = keyof typeof DEMO_CUSTOMERS;

/** Registered last: when this customer exists, the seeding has come to its end. It is also the one to order as. */
export const LAST_CUSTOMER: CustomerRegistered = { name: "You", email: "you@example.com" };
