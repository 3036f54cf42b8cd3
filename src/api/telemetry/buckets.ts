/** Seconds. A purchase takes milliseconds when all is well, up to the append's total time-out when it is not. */
export const latencyBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
export const batchBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500];
