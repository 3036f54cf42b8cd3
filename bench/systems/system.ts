import type { Credentials } from '../load/credentials.js';
import type { TimedObservation } from '../load/protocol.js';
import type { Verdict } from './defects.js';

/** A system that sells tickets over HTTP: the service in one of its modes, or one of its peers. */
export interface System {
  /** A purchase mode, or the name of a peer. */
  readonly name: string;
  /** The number of processes that answer requests. */
  readonly processes: number;
  readonly url: string;
  /** Of the issuer whose tokens buyers have; absent where they have none. */
  readonly credentials?: Credentials;
  /** The process that started the others. */
  readonly pid: number;
  /** Puts a new concert on sale. */
  schedule(terms: Terms): Promise<Sale>;
  /** A concert with open holds that lapse within one second. Only the service has holds. */
  scheduleLapsing?(terms: { readonly capacity: number; readonly holds: number }, from: Date): Promise<Sale>;
  stop(): Promise<void>;
}

export interface Terms {
  readonly capacity: number;
  readonly vipSeats: number;
  /** Tickets are held for so long and then confirmed; bought in one step unless given. */
  readonly holdSeconds?: number;
}

export interface Sale {
  /** Where purchases are posted, or holds. */
  readonly path: string;
  /** For systems that answer before they decide: resolves when all is decided, with the tickets sold since the last call. */
  soldLater?(): Promise<number>;
  /** Checks the observations against the stored sale. Waits until read models and queues are up to date. */
  judge(observations: readonly TimedObservation[]): Promise<Verdict>;
}
