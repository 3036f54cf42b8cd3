import type { ClientObservation } from '../../src/domain/audit/history-audit.js';

import type { Credentials } from './credentials.js';

/** The orders that a load process receives, and its reports. */

interface Common {
  readonly url: string;
  /** Where purchases are sent, one path per concert; buyer n goes to concert n modulo their number. */
  readonly paths: readonly string[];
  /** The start of each buyer's name and key; both are used once. */
  readonly prefix: string;
  /** Each buyer has a token of this issuer and an address of their own; absent for neither. */
  readonly credentials?: Credentials;
  readonly inFlight: number;
  readonly durationMs: number;
  readonly seed: number;
}

/** Every buyer waits for the one before it: at most `inFlight` at a time, as fast as answers come. */
export interface ClosedLoop extends Common {
  readonly kind: 'closed';
  /** Ends when so many have been sent, if that is before `durationMs`. */
  readonly buyers: number | null;
}

/** Buyers arrive at random times. A buyer who finds `inFlight` others waiting is dropped and counted. */
export interface OpenLoop extends Common {
  readonly kind: 'open';
  readonly ratePerSecond: number;
}

/**
 * A sale: so many customers; a tenth of them send everything twice at the same instant, another tenth give up after
 * `impatienceMs` and ask again under the same key. Whoever has no final answer asks again, up to `tries` times.
 */
export interface Crowd extends Common {
  readonly kind: 'crowd';
  readonly customers: number;
  readonly impatienceMs: number;
  readonly tries: number;
}

export type Order = ClosedLoop | OpenLoop | Crowd;

/** The observation of one request. Its times are on the clock of measure/clock.ts. */
export interface TimedObservation extends ClientObservation {
  readonly concert: number;
  readonly customerId: string;
}

export interface Counts {
  accepted: number;
  refused: number;
  /** Answered 202: the purchase is decided later. */
  queued: number;
  /** Time-out, 5xx, lost connection. */
  unanswered: number;
  /** Those of them without any answer: the connection was lost, or patience ended. */
  lost: number;
  /** Requests that were never sent (open loop only). */
  dropped: number;
}

export interface LoadReport {
  readonly counts: Counts;
  readonly observations: readonly TimedObservation[];
  readonly seconds: number;
  /** Histograms of latency in microseconds, from the intended time, encoded by hdr-histogram-js. */
  readonly acceptedLatency: string;
  readonly refusedLatency: string;
  /** Share of the time in which the event loop of the load process was not idle. */
  readonly busy: number;
  /** How late requests were sent after their intended time, in ms: the 99th percentile. */
  readonly lateP99Ms: number;
}
