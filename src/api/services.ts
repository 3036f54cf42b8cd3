import type { Logger } from 'pino';
import type { Commands } from '../commands/commands.js';
import type { PurchaseMode } from '../domain/purchase-mode.js';
import type { EventStore } from '../event-store/event-store.js';
import type { ReadModels } from '../projections/queries/read-models.js';
import type { StockCache } from '../redis/stock-cache.js';
import type { ConcertAudit } from '../replay/audit/audit.js';
import type { Limiter } from '../waiting/turns.js';
import type { Authenticate } from './access/authenticate.js';
import type { RequestLimits } from './limits/request-limits.js';
import type { LiveConcerts } from './live/live-concerts.js';
import type { Page } from './page/page.js';
import type { ProblemName } from './problems/problem.js';
import type { Probe } from './reading/probe.js';
import type { Metrics } from './telemetry/metrics.js';
import type { Tracing } from './telemetry/tracing.js';

/** What the API needs of the modules below it. */

/** The read side: it follows the log. */
export type Queries = Pick<
  ReadModels,
  | 'listConcerts'
  | 'concert'
  | 'concerts'
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

/** The stock cache: quick, and it may lose its data. */
export type StockSource = Pick<StockCache, 'get'>;

/** A projection as /readyz and /metrics show it. */
export interface ProjectionReport {
  readonly name: string;
  /** booting, active, stalled, paused, rebuilding or error. */
  readonly state: string;
  readonly problem: string | null;
  readonly position: string | null;
  readonly parkedEvents: number;
}

/** What /readyz checks beside the log and the read model. */
export interface Probes {
  /** Rejects when Redis does not answer; null for an installation without Redis. */
  readonly redis: (() => Promise<unknown>) | null;
  /** The state of each projection, in whichever process it is projected. Rejects when Postgres does not answer. */
  projections(): Promise<readonly ProjectionReport[]>;
  /** The age of the oldest event that active projections lack. Rejects when it is not known within a second. */
  lagSeconds(): Promise<number>;
}

export interface ApiServices {
  /**
   * Reads who asks from a token; null where access is open.
   * @throws {ProblemError} unauthorized, unavailable
   */
  readonly authenticate: Authenticate | null;
  readonly limits: RequestLimits;
  readonly commands: Commands;
  readonly queries: Queries;
  readonly log: Log;
  /** Null for an installation without Redis. */
  readonly stock: StockSource | null;
  readonly probes: Probes;
  /** The streams of those who watch a concert. */
  readonly live: LiveConcerts;
  /** Checks a concert's log against all that is derived from it; null for an unknown concert. */
  readonly audit: (concertId: string, signal: AbortSignal) => Promise<ConcertAudit | null>;
  /** Limits the reads of a whole log for one answer. */
  readonly wholeLogReads: Limiter;
  readonly metrics: Metrics;
  /** Null where traces are not configured. */
  readonly tracing: Pick<Tracing, 'request'> | null;
  readonly logger: Logger;
  /** The text of /metrics without the metrics of each scrape: of this process, or of all that share its port. */
  readonly metricsText: () => Promise<string>;
  /** The report of the bench that the service is configured with, as text; null where there is none. Rejects when it cannot be read. */
  readonly benchReport: () => Promise<string | null>;
  /** The purchase mode of this process, for metrics. */
  readonly mode: PurchaseMode;
}

/** As much of the OpenAPI document as a handler needs to know. */
export interface ApiDocument {
  readonly openapi: '3.1.1';
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, unknown>>;
}

/** What handlers and guards are given: the services, and what one application keeps for itself. */
export interface Api extends ApiServices {
  /** Of several audits one runs, and the others are refused. */
  readonly audits: Limiter;
  readonly health: {
    readonly eventStore: Probe<unknown>;
    readonly readModel: Probe<unknown>;
    /** Null for an installation without Redis. */
    readonly redis: Probe<unknown> | null;
    readonly projections: Probe<readonly ProjectionReport[]>;
    readonly lag: Probe<number>;
  };
  /** The API document, made from the route table when it is first asked for. */
  readonly reference: {
    readonly document: () => ApiDocument;
    readonly page: () => { readonly html: string; readonly contentSecurityPolicy: string };
  };
  /** The page for people; null where it is not built. */
  readonly page: () => Promise<Page | null>;
  /** The requests that may be refused so, as `METHOD /path`. */
  readonly operationsWith: (problem: ProblemName) => readonly string[];
}
