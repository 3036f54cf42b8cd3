import type { TimedObservation } from '../load/protocol.js';
import type { Verdict } from './defects.js';

/** Somebody who sells tickets over HTTP: the service in one of its modes, or what stands beside it. */
export interface System {
  /** A purchase mode, or the name of a peer. */
  readonly name: string;
  /** That answer requests. */
  readonly processes: number;
  readonly url: string;
  /** With its children. */
  readonly pid: number;
  /** Puts a new concert on sale. */
  schedule(terms: Terms): Promise<Sale>;
  stop(): Promise<void>;
}

export interface Terms {
  readonly capacity: number;
  readonly vipSeats: number;
}

export interface Sale {
  /** Where purchases are posted. */
  readonly path: string;
  /** Where buyers are only told later: resolves when all are decided, with how many have been sold since the last call. */
  soldLater?(): Promise<number>;
  /** Holds what buyers were told against what is stored. Waits until read models and queues are up to date. */
  judge(heard: readonly TimedObservation[]): Promise<Verdict>;
}
