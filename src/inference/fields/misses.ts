/** Flows that may be off what a function predicts. More, and it is not the one: they would declare a field unused. */
export const missesAllowed = (flows: number) => 0.08 * flows + 2;
export const tooManyMisses = (misses: number, flows: number) => misses > missesAllowed(flows);
