import type { CancelOutcome, ManageOutcome, PurchaseOutcome } from '../../src/commands/outcome.js';
import type { RecordedEvent } from '../../src/domain/log/recorded-event.js';
import type { QueueEntry } from '../world/queue-data.js';
import type { CachedStock } from '../world/redis-server.js';
import type { Terms } from './schedule.js';

/** A moment: in ms of the simulated time, and which came first at the same time. */
export interface Moment {
  readonly ms: number;
  readonly step: number;
}

interface CallOf<Request, Outcome> {
  readonly request: Request;
  /** The name of the process that was asked. */
  readonly process: string;
  readonly sent: Moment;
  /** Null while there is no answer; a process that died gives none. */
  answered: (Moment & { readonly outcome: Outcome }) | null;
}

export interface Purchase {
  readonly kind: 'buy';
  readonly customer: string;
  readonly key: string;
  readonly quantity: number;
  /** How long the customer waits for a final answer in mode `queue`, in ms. */
  readonly waitMs?: number;
}

export type PurchaseCall = CallOf<Purchase, PurchaseOutcome>;
export type CancelCall = CallOf<{ readonly kind: 'cancel'; readonly key: string }, CancelOutcome>;
export type ChangeCall = CallOf<{ readonly kind: 'capacity'; readonly capacity: number }, ManageOutcome>;
export interface HoldRequest {
  readonly kind: 'hold' | 'confirm' | 'release' | 'join' | 'leave';
  readonly customer: string;
  readonly key: string;
  readonly quantity: number;
  readonly holdId: string;
  /** Of a confirmation. */
  readonly reference?: string;
}

export type HoldCall = CallOf<HoldRequest, { readonly kind: string }>;
export type Call = PurchaseCall | CancelCall | ChangeCall;

/** An append that was written. */
export interface Commit extends Moment {
  readonly events: readonly RecordedEvent[];
}

/** When something was wrong with a process, a server or a path, in ms. */
export interface Disturbance {
  readonly from: number;
  readonly to: number;
  /** Whether only messages of Redis were concerned, which may be lost at any time. */
  readonly isOfMessages: boolean;
}

/** What a run leaves behind: enough to judge it. */
export interface SaleHistory {
  readonly concertId: string;
  readonly terms: Terms;
  readonly purchases: readonly PurchaseCall[];
  readonly cancellations: readonly CancelCall[];
  readonly holds: readonly HoldCall[];
  /** When something was wrong with a process or a server, in ms. */
  readonly disturbances: readonly Disturbance[];
  /** Whether no wall clock was set. */
  readonly clocksAgree: boolean;
  /** What Redis has of the stock at the end; null if it has nothing. */
  readonly stock: CachedStock | null;
  /** When the processes were stopped, with all well. */
  readonly endedAt: Moment;
  /** In the order of the log. */
  readonly commits: readonly Commit[];
  /** What joined the arrival queue, in the order of arrival. */
  readonly joined: readonly QueueEntry[];
  /** Requests that had no final answer a long time after everything was well again. */
  readonly unsettled: readonly string[];
  /** What commands threw, though they promise outcomes. */
  readonly thrown: readonly string[];
  /** Commands that took too long in a process that ran all the time. */
  readonly slow: readonly string[];
  /** What did not come to its end though all was well. */
  readonly hangs: readonly string[];
}

/** What read models and the stock cache have at one moment, and what the log has. */
export interface ReadSideLook {
  readonly when: 'after the sale' | 'after the log was restored' | 'after the rebuild';
  readonly concerts: readonly {
    readonly concertId: string;
    readonly log: readonly RecordedEvent[];
    readonly cached: CachedStock | null;
    readonly stock: CachedStock | null;
  }[];
  readonly tables: readonly {
    readonly projection: string;
    /** Why its rows cannot be those of this log; null if no reason is known. */
    readonly foreignLog: string | null;
    /** The ids of the events that were applied, by concert. */
    readonly events: ReadonlyMap<string, readonly string[]>;
  }[];
  /** Of the process that projects. */
  readonly problem: string | null;
}

/** What a whole run leaves behind. A concert whose log was restored from a backup is there twice, before and after. */
export interface RunHistory {
  readonly concerts: readonly SaleHistory[];
  readonly readSide: readonly ReadSideLook[];
}
