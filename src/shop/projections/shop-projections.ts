import type { Projection } from "../../projection/projection.ts";
import { customerSummaries } from "./customer-summaries.ts";
import { orderSummaries } from "./order-summaries.ts";
import { productSummaries } from "./product-summaries.ts";

/** All read models that can be rebuilt from the log at any time. */
export const shopProjections: readonly Projection[] = [orderSummaries, productSummaries, customerSummaries];
