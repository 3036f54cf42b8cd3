/**
 * How purchases reach the process that owns the concert.
 * - `direct`: those of its own buyers go straight in, the others are handed over through Redis (mode `batch`).
 * - `line`: all of them go through Redis, in order of arrival (mode `queue`).
 */
export type Policy = 'direct' | 'line';

export interface Setting {
  readonly policy: Policy;
  /** That answer requests. With more than one, another one projects. */
  readonly processes: number;
  /** The cores that everything shares, load included; null gives each process as many as it can use. */
  readonly cores: number | null;
  /** CPU time that a core gives in a second, in seconds. */
  readonly speed: number;
  /** One way between two machines, in microseconds. */
  readonly networkMicros: number;
  readonly tickets: number;
  /**
   * Buyers who come back as soon as they are answered, for so long; or buyers who come at times of their own, until it is sold
   * out.
   */
  readonly buyers:
    | { readonly kind: 'closed'; readonly inFlight: number; readonly micros: number }
    | { readonly kind: 'open'; readonly arrivals: Iterable<number> };
}

export interface Outcome {
  readonly sold: number;
  readonly refused: number;
  /** Until the last sale. */
  readonly sellingMicros: number;
  readonly appends: number;
  /** Microseconds from arrival to answer, of sales. */
  readonly latencies: readonly number[];
  /** CPU time by process. */
  readonly used: ReadonlyMap<string, number>;
}
