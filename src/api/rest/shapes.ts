/** What this door answers with, as schemas: for the API's description, and for the tests that hold answers against it. */
import { z } from "zod";
import { changedCustomerSchema, newCustomerSchema } from "../../shop/customers/customer.ts";
import { changedProductSchema, newProductSchema, replacedProductSchema } from "../../shop/catalogue/product.ts";
import { idSchema } from "../../shop/id-schema.ts";
import { ORDER_REQUEST_SCHEMAS, orderStatusSchema } from "../../shop/orders/order-states.ts";
import { cartSchema } from "../../shop/orders/place-order.ts";
import { proposalSchema } from "./actors.ts";
import { activityRetrySchema, letterRedriveSchema, lettersRedriveSchema } from "./mending.ts";
import { redriveSchema } from "./queues.ts";
import { statusRequestSchema } from "./order-requests.ts";

const time = z.iso.datetime();
const version = z.int().min(1);
const money = z.object({ amount: z.string(), currency: z.string() });
const link = z.object({ href: z.string(), method: z.string().optional() });
const resourceLinks = z.record(z.string(), link);
const address = cartSchema.shape.shippingAddress;
const line = z.object({ productId: idSchema, quantity: z.int(), unitPrice: money });

const order = z.object({
  id: idSchema,
  customerId: idSchema,
  items: z.array(line),
  shippingAddress: address,
  status: orderStatusSchema,
  state: z.string(),
  total: money,
  trackingNumber: z.string().optional(),
  version,
  createdAt: time,
  updatedAt: time,
  _links: resourceLinks,
});

const product = z.object({
  id: idSchema,
  name: z.string(),
  description: z.string().optional(),
  price: money,
  stock: z.object({ available: z.int(), reserved: z.int() }),
  version,
  createdAt: time,
  updatedAt: time,
  _links: resourceLinks,
});

const customer = z.object({
  id: idSchema,
  name: z.string(),
  email: z.string(),
  username: z.string().optional(),
  bio: z.string().optional(),
  address: address.optional(),
  version,
  createdAt: time,
  updatedAt: time,
  _links: resourceLinks,
});

const event = z.object({
  type: z.string(),
  version,
  position: z.int(),
  data: z.unknown(),
  state: z.string(),
  recordedAt: time,
  effects: z.array(z.unknown()),
  snapshotHash: z.string(),
  metadata: z.record(z.string(), z.unknown()),
});

const actor = z.object({
  type: z.string(),
  id: z.string(),
  version,
  position: z.int(),
  state: z.string(),
  status: z.enum(["active", "done", "error", "stopped"]),
  tags: z.array(z.string()),
  context: z.unknown(),
  allowed: z.array(z.string()),
  createdAt: time,
  updatedAt: time,
  _links: resourceLinks,
});

const details = z.object({
  orderId: idSchema,
  status: orderStatusSchema,
  customer: z.object({ name: z.string(), email: z.string() }).nullable().optional(),
  products: z.array(z.object({
    id: idSchema.optional(),
    name: z.string().nullable(),
    quantity: z.int(),
    unitPrice: money.optional(),
  })),
  payment: z.object({ status: z.string(), amount: money.optional() }).nullable(),
  total: money,
  missing: z.array(z.enum(["customer", "products", "payment"])),
  _links: resourceLinks.optional(),
});

const charge = z.object({ orderId: idSchema, amount: z.string(), currency: z.string(), status: z.string() });

const intervention = z.object({
  order,
  problem: z.string(),
  reason: z.string().nullable(),
  obligations: z.array(z.record(z.string(), z.unknown())),
  retries: z.int(),
});

const deadLetter = z.object({
  id: z.string(),
  reason: z.string(),
  actor: z.string(),
  source: z.string(),
  attempts: z.int(),
  detail: z.unknown(),
  recordedAt: time,
  _links: resourceLinks,
});

const notification = z.object({
  customerId: z.string(),
  orderId: z.string().nullable(),
  status: orderStatusSchema.nullable(),
  subject: z.string(),
  createdAt: time,
  _links: resourceLinks,
});

const day = z.object({
  day: z.iso.date(),
  orders: z.partialRecord(orderStatusSchema, z.int()),
  revenue: z.array(money),
});

const recommendation = z.object({ productId: z.string(), name: z.string(), orders: z.int(), _links: resourceLinks });

const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  code: z.string(),
  traceId: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  state: z.string().optional(),
  event: z.string().optional(),
  allowed: z.array(z.string()).optional(),
});

/** By cursor (`next`), or by page (`total`, `page`, `pageSize`), or by number (`total`). */
const listOf = (item: z.ZodType) =>
  z.object({
    items: z.array(item),
    next: z.string().nullable().optional(),
    total: z.int().optional(),
    page: z.int().optional(),
    pageSize: z.int().optional(),
    links: z.object({
      self: z.string(),
      next: z.string().nullable().optional(),
      prev: z.string().nullable().optional(),
    }),
  });

/** What comes in, in the very schemas that judge it. */
export const REQUEST_SHAPES = {
  NewOrder: cartSchema,
  ChangeShippingAddress: ORDER_REQUEST_SCHEMAS.changeShippingAddress,
  CancelOrder: ORDER_REQUEST_SCHEMAS.cancel,
  ShipOrder: ORDER_REQUEST_SCHEMAS.ship,
  DeliverOrder: ORDER_REQUEST_SCHEMAS.deliver,
  InterventionDecision: ORDER_REQUEST_SCHEMAS.retry,
  OrderStatusRequest: statusRequestSchema,
  NewProduct: newProductSchema,
  ReplacedProduct: replacedProductSchema,
  ChangedProduct: changedProductSchema,
  NewCustomer: newCustomerSchema,
  ChangedCustomer: changedCustomerSchema,
  Proposal: proposalSchema,
  Redrive: redriveSchema,
  LetterRedrive: letterRedriveSchema,
  LettersRedrive: lettersRedriveSchema,
  ActivityRetry: activityRetrySchema,
} as const satisfies Record<string, z.ZodType>;

export const ANSWER_SHAPES = {
  Order: order,
  OrderList: listOf(order),
  OrderDetails: details,
  Charge: charge,
  Product: product,
  ProductList: listOf(product),
  Customer: customer,
  CustomerList: listOf(customer),
  AddressList: z.object({ items: z.array(address) }),
  Event: event,
  EventList: listOf(event),
  Actor: actor,
  InterventionList: listOf(intervention),
  DeadLetter: deadLetter.extend({ redrive: z.object({ isPossible: z.boolean(), detail: z.string() }) }),
  DeadLetterList: listOf(deadLetter),
  NotificationList: listOf(notification),
  DailyFigures: z.object({ items: z.array(day) }),
  Recommendations: z.object({ items: z.array(recommendation) }),
  Problem: problem,
} as const satisfies Record<string, z.ZodType>;
