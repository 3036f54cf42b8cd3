import type { Logger } from 'pino';
import type { Commands } from '../commands/commands.js';
import type { ConcertStatus } from '../domain/concert.js';
import type { PurchaseMode } from '../domain/purchase-mode.js';
import type { RecordedEvent } from '../event-store/recorded-event.js';
import type { Stock } from '../redis/stock-cache.js';
import type { Metrics } from './metrics.js';

/** What the API needs of the rooms below. */

export interface PageRequest {
  /** What an earlier page gave as `next`; null for the first. */
  readonly cursor: string | null;
  readonly limit: number;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

export interface ConcertView {
  readonly concertId: string;
  readonly name: string;
  readonly capacity: number;
  readonly sold: number;
  readonly remaining: number;
  readonly vipSeats: number;
  readonly vipRemaining: number;
  readonly ticketsPerCustomer: number;
  readonly salesOpenAt: string | null;
  readonly salesCloseAt: string | null;
  readonly startsAt: string | null;
  readonly status: ConcertStatus;
  readonly revision: bigint;
}

export interface TicketView {
  readonly number: number;
  readonly vip: boolean;
  readonly seat: string | null;
}

export interface PurchaseView {
  readonly purchaseId: string;
  readonly concertId: string;
  readonly customerId: string;
  readonly tickets: readonly TicketView[];
  readonly status: 'live' | 'cancelled';
  readonly revision: bigint;
}

export interface SoldTicketView extends TicketView {
  readonly customerId: string;
  readonly purchaseId: string;
  readonly status: 'live' | 'released';
  readonly revision: bigint;
}

export type ReadModel = 'concerts' | 'tickets' | 'purchases';

/** The read side: eventually what the log says. */
export interface Queries {
  listConcerts(page: PageRequest): Promise<Page<ConcertView>>;
  concert(concertId: string): Promise<ConcertView | null>;
  tickets(concertId: string, page: PageRequest): Promise<Page<SoldTicketView>>;
  purchase(concertId: string, purchaseId: string): Promise<PurchaseView | null>;
  purchasesOf(customerId: string, page: PageRequest): Promise<Page<PurchaseView>>;
  /** Whether a read model has got to `minRevision` of a concert, within `waitMs`. */
  waitFor(concertId: string, minRevision: bigint, waitMs: number, model: ReadModel): Promise<boolean>;
  ping(): Promise<void>;
}

/** The log itself. */
export interface Log {
  read(concertId: string, fromRevision: bigint, maxCount?: number): AsyncIterable<readonly RecordedEvent[]>;
  ping(): Promise<void>;
}

/** The stock cache: quick, and allowed to be lost. Rejects when Redis does not answer. */
export interface StockSource {
  get(concertId: string): Promise<Stock | null>;
}

/** What else /readyz tells. */
export interface Probes {
  /** Rejects when Redis does not answer. */
  redis(): Promise<unknown>;
  /** The state of each projection, told as it is. */
  projections(): readonly unknown[];
}

export interface ApiServices {
  readonly commands: Commands;
  readonly queries: Queries;
  readonly log: Log;
  readonly stock: StockSource;
  readonly probes: Probes;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** The purchase mode of this process, for metrics. */
  readonly mode: PurchaseMode;
}
