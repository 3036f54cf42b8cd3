import type { Logger } from 'pino';
import type { Commands } from '../commands/commands.js';
import type { PurchaseMode } from '../domain/purchase-mode.js';
import type { EventStore } from '../event-store/event-store.js';
import type { ReadModels } from '../projections/queries/read-models.js';
import type { StockCache } from '../redis/stock-cache.js';
import type { ConcertAudit } from '../replay/audit/audit.js';
import type { Limiter } from '../waiting/turns.js';
import type { Metrics } from './telemetry/metrics.js';

/** What the API needs of the modules below. */

/** The read side: eventually what the log says. */
export type Queries = Pick<
  ReadModels,
  | 'listConcerts'
  | 'concert'
  | 'tickets'
  | 'salesPerSecond'
  | 'purchase'
  | 'purchasesOf'
  | 'waitFor'
  | 'stopWaiting'
  | 'ping'
>;

/** The log itself. */
export type Log = Pick<EventStore, 'read' | 'ping'>;

/** The stock cache: quick, and allowed to be lost. */
export type StockSource = Pick<StockCache, 'get'>;

/** A projection as /readyz and /metrics tell it. */
export interface ProjectionReport {
  readonly name: string;
  /** booting, active, stalled, paused, rebuilding or error. */
  readonly state: string;
  readonly problem: string | null;
  readonly position: string | null;
  readonly parkedEvents: number;
}

/** What else /readyz tells. */
export interface Probes {
  /** Rejects when Redis does not answer; null for an installation without Redis. */
  readonly redis: (() => Promise<unknown>) | null;
  /** The state of each projection, in whichever process it is projected. Rejects when Postgres does not answer. */
  projections(): Promise<readonly ProjectionReport[]>;
  /** How old the oldest event is that active projections lack. Rejects when that cannot be found out within a second. */
  lagSeconds(): Promise<number>;
}

export interface ApiServices {
  readonly commands: Commands;
  readonly queries: Queries;
  readonly log: Log;
  /** Null for an installation without Redis. */
  readonly stock: StockSource | null;
  readonly probes: Probes;
  /** Holds a concert's log against all that is derived from it; null for one that nobody knows. */
  readonly audit: (concertId: string, signal: AbortSignal) => Promise<ConcertAudit | null>;
  /** Those that read a whole log for one answer take turns here. */
  readonly wholeLogReads: Limiter;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** The text of /metrics without what is found out for each scrape: of this process, or of all that share its port. */
  readonly metricsText: () => Promise<string>;
  /** The purchase mode of this process, for metrics. */
  readonly mode: PurchaseMode;
}
