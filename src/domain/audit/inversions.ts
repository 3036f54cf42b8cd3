/**
 * The distance of the order of service from the order of arrival: the number of pairs in which the later arrival was served
 * first. 0 is first come, first served; equal arrivals do not count. O(n log n).
 * @param served arrivals, in the order in which they were served
 */
export function countInversions<Arrival>(
  served: readonly Arrival[],
  compare: (a: Arrival, b: Arrival) => number,
): number {
  return sortAndCount(served, compare).inversions;
}

function sortAndCount<T>(
  items: readonly T[],
  compare: (a: T, b: T) => number,
): { sorted: readonly T[]; inversions: number } {
  if (items.length < 2) return { sorted: items, inversions: 0 };
  const middle = items.length >> 1;
  const left = sortAndCount(items.slice(0, middle), compare);
  const right = sortAndCount(items.slice(middle), compare);
  const sorted: T[] = [];
  let inversions = left.inversions + right.inversions;
  let l = 0;
  let r = 0;
  while (l < left.sorted.length || r < right.sorted.length) {
    const a = left.sorted[l];
    const b = right.sorted[r];
    if (b === undefined || (a !== undefined && compare(a, b) <= 0)) {
      sorted.push(a as T);
      l++;
    } else {
      sorted.push(b);
      r++;
      inversions += left.sorted.length - l;
    }
  }
  return { sorted, inversions };
}

/** The arrival of a purchase: its id in the arrival queue if there was one, else the time by the service's clock. */
export interface Arrived {
  readonly arrivedAt: string;
  readonly queueId?: string;
}

/** Compares two arrivals. Queue ids are `milliseconds-sequence`, each of up to 64 bits. */
export function compareArrivals(a: Arrived, b: Arrived): number {
  if (a.queueId !== undefined && b.queueId !== undefined) return compareQueueIds(a.queueId, b.queueId);
  return Date.parse(a.arrivedAt) - Date.parse(b.arrivedAt);
}

/** Compares two queue ids, `milliseconds-sequence` each. */
export function compareQueueIds(a: string, b: string): number {
  const [aTime = '', aSequence = ''] = a.split('-');
  const [bTime = '', bSequence = ''] = b.split('-');
  return compareDecimals(aTime, bTime) || compareDecimals(aSequence, bSequence);
}

const compareDecimals = (a: string, b: string): number =>
  a.length !== b.length ? a.length - b.length : a < b ? -1 : a > b ? 1 : 0;
