/** The REST door: a request becomes a proposed event, a receipt becomes an answer. */
import { Hono } from "hono";
import { StatewrightError } from "../../kernel/errors.ts";
import { answerProblem } from "./answer.ts";
import { customerRoutes } from "./customers.ts";
import { demoChargeRoutes } from "./demo-charges.ts";
import type { RestDependencies } from "./dependencies.ts";
import { healthRoutes } from "./health.ts";
import { refuseHostileHead } from "./message-head.ts";
import { requireJsonAccepted } from "./negotiation.ts";
import { orderEventRoutes } from "./order-events.ts";
import { orderRoutes } from "./orders.ts";
import { productRoutes } from "./products.ts";
import { readYourWrites } from "./read-your-writes.ts";

/** Its `fetch` answers every request with JSON or with a problem (RFC 9457); nothing is thrown. */
export function createRestApp(dependencies: RestDependencies): Hono {
  const app = new Hono();
  const writes = readYourWrites(dependencies.projector);
  app.use(refuseHostileHead);
  app.use("/v1/*", requireJsonAccepted);
  app.use("/demo/*", requireJsonAccepted);
  orderRoutes(app, dependencies, writes);
  orderEventRoutes(app, dependencies);
  productRoutes(app, dependencies, writes);
  customerRoutes(app, dependencies);
  healthRoutes(app, dependencies);
  if (dependencies.demoCharges) demoChargeRoutes(app, dependencies.demoCharges);
  app.notFound((c) =>
    answerProblem(c, new StatewrightError("NOT_FOUND", "There is nothing at this path"), dependencies.logger)
  );
  app.onError((thrown, c) => answerProblem(c, thrown, dependencies.logger));
  return app;
}
