import type { Clock } from "../kernel/clock.ts";
import type { Metrics } from "../kernel/metrics.ts";
import type { ActorDefinition, LocalActivity } from "./definition.ts";

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** The definitions, with every attempt of an activity of this node timed by how it ended: answered, failed, aborted. */
export function measureActivities(
  definitions: readonly ActorDefinition[],
  metrics: Metrics,
  clock: Clock,
): readonly ActorDefinition[] {
  const attempts = metrics.histogram(
    "statewright_activity_attempt_duration_seconds",
    "Attempts at activities",
    SECONDS,
    ["actor", "activity", "result"],
  );

  const timed = (actor: string, activity: string, { run, ...rest }: LocalActivity): LocalActivity => ({
    ...rest,
    async run(input, context) {
      const startedAt = clock.now();
      const observe = (result: string) =>
        attempts.observe((clock.now() - startedAt) / 1_000, { actor, activity, result });
      try {
        const answer: unknown = await run(input, context);
        observe("answered");
        return answer;
      } catch (thrown) {
        observe(context.signal.aborted ? "aborted" : "failed");
        throw thrown;
      }
    },
  });

  return definitions.map((definition) => ({
    ...definition,
    ...(definition.activities && {
      activities: Object.fromEntries(
        Object.entries(definition.activities).map(([src, activity]) =>
          activity.remote ? [src, activity] : [src, timed(definition.type, src, activity)]
        ),
      ),
    }),
  }));
}
