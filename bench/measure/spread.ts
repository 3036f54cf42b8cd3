/** A figure taken several times. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly n: number;
}

/** The spread of these values; every figure is NaN when there are none. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    min: at(0),
    max: at(sorted.length - 1),
    n: sorted.length,
  };
}

/**
 * Runs slices of both in turn and compares neighbours only, since a shared machine is fast at one moment and slow at the
 * next. The first to run alternates from round to round.
 */
export async function interleave<A, B>(
  rounds: number,
  a: () => Promise<A>,
  b: () => Promise<B>,
): Promise<{ readonly a: A; readonly b: B }[]> {
  const pairs: { a: A; b: B }[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) pairs.push({ a: await a(), b: await b() });
    else {
      const second = await b();
      pairs.push({ a: await a(), b: second });
    }
  }
  return pairs;
}

/** The same for any number of systems: one value of each in every round. A round begins with another one than the last. */
export async function inTurn<T>(rounds: number, takes: readonly (() => Promise<T>)[]): Promise<T[][]> {
  const taken: T[][] = [];
  for (let round = 0; round < rounds; round++) {
    const values: T[] = [];
    for (let i = 0; i < takes.length; i++) {
      const which = (round + i) % takes.length;
      const take = takes[which];
      if (take !== undefined) values[which] = await take();
    }
    taken.push(values);
  }
  return taken;
}
