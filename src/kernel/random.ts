/** A source of numbers in [0, 1), injected wherever chance decides (jitter), so that a run can be repeated. */
export type Random = () => number;

export const systemRandom: Random = () => Math.random();
