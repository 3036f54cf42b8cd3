/** One way of doing the work: runs for about `ms`, resolves with how many units it did. */
export type Work = (ms: number) => Promise<number>;

export interface Comparison {
  /** Units a second of the work itself. */
  readonly rate: Spread;
  /** The work's rate over the yardstick's, slice by slice. */
  readonly ratio: Spread;
}

export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Runs short slices of both in turn, since a shared machine is fast at one moment and slow at the next, and
 * compares neighbours only. Low and high are the quartiles.
 */
export async function compare(
  work: Work,
  yardstick: Work,
  slices: number,
  sliceMs: number,
): Promise<Comparison> {
  await work(sliceMs);
  await yardstick(sliceMs);
  const rates: number[] = [];
  const ratios: number[] = [];
  for (let slice = 0; slice < slices; slice++) {
    const rate = await rateOf(work, sliceMs);
    rates.push(rate);
    ratios.push(rate / (await rateOf(yardstick, sliceMs)));
  }
  return { rate: spread(rates), ratio: spread(ratios) };
}

async function rateOf(work: Work, ms: number): Promise<number> {
  const begin = performance.now();
  const units = await work(ms);
  return (units / (performance.now() - begin)) * 1000;
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

/** Keeps `inFlight` calls of `step` going for `ms`; adds up what they return. */
export async function keepInFlight(
  inFlight: number,
  ms: number,
  step: (writer: number) => Promise<number>,
): Promise<number> {
  const end = performance.now() + ms;
  const writer = async (_: unknown, index: number) => {
    let units = 0;
    while (performance.now() < end) units += await step(index);
    return units;
  };
  const units = await Promise.all(Array.from({ length: inFlight }, writer));
  return units.reduce((sum, count) => sum + count, 0);
}
