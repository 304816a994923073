/** The REST door: a request becomes a proposed event, a receipt becomes an answer. */
import { Hono } from "hono";
import { StatewrightError } from "../../kernel/errors.ts";
import { inTime, TIMEOUT_HEADER } from "../deadline.ts";
import { admitted } from "./access.ts";
import { actorRoutes } from "./actors.ts";
import { answerProblem } from "./answer.ts";
import { customerRoutes } from "./customers.ts";
import { demoChargeRoutes } from "./demo-charges.ts";
import type { RestDependencies } from "./dependencies.ts";
import { docsRoutes } from "./docs.ts";
import { mendingRoutes } from "./mending.ts";
import { negotiate } from "./negotiation.ts";
import { observed } from "./observed.ts";
import { operationsRoutes } from "./operations.ts";
import { operatorRoutes } from "./operators.ts";
import { orderChargeRoutes } from "./order-charge.ts";
import { orderDetailRoutes } from "./order-details.ts";
import { orderRoutes } from "./orders.ts";
import { problemRoutes } from "./problem-pages.ts";
import { productRoutes } from "./products.ts";
import { queueRoutes } from "./queues.ts";
import { redirectRoutes } from "./redirects.ts";
import { subscriberRoutes } from "./subscribers.ts";

/** Its `fetch` answers every request with what it asks for or with a problem (RFC 9457); nothing is thrown. */
export function createRestApp(dependencies: RestDependencies): Hono {
  const app = new Hono();
  if (dependencies.observe) app.use(observed(dependencies.observe));
  if (dependencies.access) app.use(admitted(dependencies.access));
  app.use((c, next) => inTime(dependencies.clock, c.req.header(TIMEOUT_HEADER), next));
  app.use("/v1/*", negotiate);
  app.use("/demo/*", negotiate);
  orderRoutes(app, dependencies);
  orderDetailRoutes(app, dependencies);
  productRoutes(app, dependencies);
  customerRoutes(app, dependencies);
  actorRoutes(app, dependencies);
  operatorRoutes(app, dependencies);
  subscriberRoutes(app, dependencies);
  problemRoutes(app);
  docsRoutes(app);
  redirectRoutes(app);
  operationsRoutes(app, dependencies);
  if (dependencies.operations) mendingRoutes(app, dependencies, dependencies.operations);
  if (dependencies.queues) queueRoutes(app, dependencies.queues);
  if (dependencies.charges) orderChargeRoutes(app, dependencies, dependencies.charges);
  if (dependencies.demoCharges) demoChargeRoutes(app, dependencies.demoCharges);
  app.notFound((c) =>
    answerProblem(c, new StatewrightError("NOT_FOUND", "There is nothing at this path"), dependencies.logger)
  );
  app.onError((thrown, c) => answerProblem(c, thrown, dependencies.logger));
  return app;
}
