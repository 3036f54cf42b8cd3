import type { IdentifiedEvent } from '../domain/ids.js';
import type { AppendResult, ExpectedRevision } from '../domain/log/append.js';
import type { RecordedEvent } from '../domain/log/recorded-event.js';
import type { TraceParent } from './tracing.js';

/**
 * What the write side needs of the world, as interfaces that it owns. The adapters (`src/event-store`, `src/redis`) fit
 * structurally and import nothing from here. `test/contracts` holds them, and those of `simulation`, to what is said here.
 */

/** The log of all concerts: it alone decides what is sold. */
export interface EventLog {
  /**
   * Yields a concert's events from a revision on, in order, in pages. A stream that does not exist, or ends earlier, yields
   * nothing.
   * @throws {EventStoreUnavailable}
   */
  read(concertId: string, from: bigint, maxCount?: number): AsyncIterable<readonly RecordedEvent[]>;
  /** A concert's last event; null if it has none. @throws {EventStoreUnavailable} */
  readLast(concertId: string): Promise<RecordedEvent | null>;
  /**
   * Appends all events or none, if the stream ends at `expected`. Idempotent by the ids of the events: a repeat of an append at
   * the same expected revision succeeds and writes nothing. The store compares ids only, never content. Does not reject.
   */
  append(
    concertId: string,
    expected: ExpectedRevision,
    events: readonly (IdentifiedEvent & { readonly trace?: TraceParent })[],
  ): Promise<AppendResult>;
}

/** One lock per concert over all processes. It saves conflicts; correctness does not rest on it. */
export interface ConcertLock {
  /**
   * Waits up to `waitMs` while another holder has the lock; does not wait for an unreachable Redis. Does not reject.
   * @param longestLeaseMs a shorter lease than the lock's own, in ms, for a holder that extends it often
   */
  acquire(concertId: string, waitMs: number, longestLeaseMs?: number): Promise<LockResult>;
  /**
   * Renews the whole leases of these locks, many in one call. One that cannot be renewed counts as expired from then on. Never
   * rejects.
   */
  extend(locks: readonly HeldLock[]): Promise<void>;
  /**
   * Calls `listener` when another caller, of this process or another, waits for the lock, until the returned function is called. One
   * listener per concert and process at a time. Calls may be lost.
   */
  onWanted(concertId: string, listener: () => void): () => void;
}

export type LockResult =
  | { readonly kind: 'held'; readonly lock: HeldLock }
  /** Other holders kept the lock for the whole wait. */
  | { readonly kind: 'busy' }
  /**
   * The caller may continue without the lock: the log decides, the lock only helps. Until it calls `release`, other callers of
   * this process wait as for a holder.
   */
  | { readonly kind: 'unreachable'; readonly problem: string; release(): void };

export interface HeldLock {
  /** Whether the lease has ended, by this process's monotonic clock. A process that was paused finds out here. */
  readonly expired: boolean;
  /** The rest of the lease by the same clock, in ms; not positive when it has ended. */
  readonly leftMs: number;
  /** Never rejects: a lock that cannot be released expires. One that has expired needs no release. */
  release(): Promise<void>;
}

/** How many tickets are left and on hold, as of a revision of the concert's stream. */
export interface Stock {
  /** Tickets neither sold nor held. */
  readonly remaining: number;
  readonly held: number;
  readonly revision: bigint;
}

/** Tickets left per concert. Entries may be lost; a newer stock is never replaced by an older one. Calls reject without Redis. */
export interface StockCache {
  /** Null when the cache does not know the concert. */
  get(concertId: string): Promise<Stock | null>;
  /** Writes each stock unless the cache has the same revision or a newer one. */
  put(stocks: ReadonlyMap<string, Stock>): Promise<void>;
  /** Deletes the stock of these concerts. */
  forget(concertIds: readonly string[]): Promise<void>;
}

/**
 * A queue per concert that fixes the order of arrival over all processes. It is not a source of truth: the purchases of a lost
 * queue are answered from the log. One process at a time owns a queue; `read` and `answer` do nothing for others. Calls reject
 * without Redis.
 */
export interface ArrivalQueue {
  /** False: no command would reach Redis now, so a purchase cannot enter the queue unnoticed. */
  readonly reachable: boolean;
  /** How long an owner that does not renew its claim keeps it, in ms. */
  readonly ownerLeaseMs: number;
  /** Calls the listener with each reply to this process. Replies may be lost. */
  onReply(listener: (token: string, outcome: string) => void): void;
  /** Calls the listener with each concert that has something for this process to do. Calls may be lost. */
  onCall(listener: (concertId: string) => void): void;
  /**
   * Adds purchases to the queue, in this order, as far as there is room, and deletes the outcomes kept for earlier requests with
   * their keys. Calls the owner if it has found the queue empty.
   */
  join(concertId: string, entries: readonly NewEntry[], limit: number): Promise<Joined>;
  /**
   * Removes this process's own entry. True: the entry was there, and a drainer that loads its state from now on will not read
   * it. Without an id (for a `join` that got no answer) the entry is found by purchase and token.
   */
  leave(concertId: string, purchaseId: string, token: string, id?: string): Promise<boolean>;
  /** A token to claim a concert with. */
  newToken(): string;
  /**
   * True: the caller owns the queue until its lease ends or it releases the queue. Another claim renews the lease. A queue that
   * another process is to own next is left to that process.
   * @param again whether this token owned the queue before: it may then come before the process that is to be next
   */
  claim(concertId: string, token: string, again?: boolean): Promise<boolean>;
  /** Asks whether this process is to own the concert next. If so, no other process is, for as long as a lease from each call on. */
  succeed(concertId: string): Promise<Succession>;
  /** Renews the leases of all these queues. */
  renew(claims: readonly (readonly [concertId: string, token: string])[]): Promise<readonly Renewed[]>;
  /** Gives up the ownership. Passes a queue with entries on: calls the process that waits for the first of them. */
  release(concertId: string, token: string): Promise<void>;
  /** As `release`, but keeps a queue that has entries. True: the caller does not own the queue any more. */
  releaseIfEmpty(concertId: string, token: string): Promise<boolean>;
  /** Null when no process owns the concert. */
  owner(concertId: string): Promise<ConcertOwner | null>;
  /** The first `count` entries in order, for the owner; renews its lease. */
  read(concertId: string, token: string, count: number): Promise<QueueRead>;
  /** Removes the answered entries and sends the replies, in one atomic step. False, with nothing done, for another owner. */
  answer(concertId: string, ownerToken: string, answers: readonly Answer[]): Promise<boolean>;
  /** Null when Redis does not have this purchase. */
  standing(concertId: string, purchaseId: string): Promise<Standing | null>;
  /** Of these entries, the ones that are no longer in the queue, each with its kept outcome or null. */
  leftLine<Entry extends { readonly id: string; readonly purchaseId: string }>(
    concertId: string,
    waiting: readonly Entry[],
  ): Promise<readonly { readonly entry: Entry; readonly kept: string | null }[]>;
  /** Concerts with queued purchases, of any process. */
  concertsWaiting(): Promise<readonly string[]>;
  /** Of these concerts, the ones that no process owns. */
  withoutOwner(concertIds: readonly string[]): Promise<readonly string[]>;
}

/** A purchase that joins the queue. */
export interface NewEntry {
  readonly purchaseId: string;
  /** Identifies its waiter within this process. */
  readonly token: string;
  readonly entry: string;
  /** How long it may wait for a decision, in ms; null: as long as any entry. */
  readonly withinMs: number | null;
}

export interface Joined {
  /** Whether a process owns the queue now. It will read these entries. */
  readonly owned: boolean;
  /** One for each entry, in order, until the queue was full. */
  readonly places: readonly { readonly id: string; readonly position: number }[];
}

/** The process that owns a concert. */
export interface ConcertOwner {
  readonly process: string;
  /** Wall-clock time since which it owns the concert, by its own clock, in ms. */
  readonly since: number;
  /** Purchases in the concert's queue. */
  readonly waiting: number;
}

/**
 * `waiting`: still the owner, and the queue has entries. `lost`: another process owns the queue. `free`: the lease has ended, and
 * no process owns the queue.
 */
export type Renewed = 'lost' | 'free' | 'owned' | 'waiting';

/**
 * Whether a process is to own a concert next. `owned`: an owner renews its lease. `other`: another process is next. `prepare`: this
 * one is, when the lease of an owner that no longer renews it has run out. `claim`: this one is, and nobody owns the concert.
 */
export type Succession = 'owned' | 'other' | 'prepare' | 'claim';

export type QueueRead =
  | { readonly kind: 'entries'; readonly history: string; readonly arrivals: readonly Arrival[] }
  /** The queue was empty. The next `join` calls the owner. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'not-owner' };

/** Where the outcome of an entry is sent: a process, and the token of its waiter. */
export interface ReplyAddress {
  readonly replyTo: string;
  readonly token: string;
}

/** One purchase in the queue. */
export interface Arrival extends ReplyAddress {
  /** Rises with arrival over all processes. */
  readonly id: string;
  readonly purchaseId: string;
  /** As passed to `join`. */
  readonly entry: string;
  /**
   * Why it must not be decided: written before Redis lost data (`older`), too long in the queue (`late`), or past its own deadline
   * (`overdue`); else null.
   */
  readonly stale: 'older' | 'late' | 'overdue' | null;
}

export interface Answer extends ReplyAddress {
  readonly id: string;
  readonly purchaseId: string;
  readonly outcome: string;
  /** Whether the outcome is kept for later queries, because it is not in the log. */
  readonly keep: boolean;
  /** An unreadable entry, set aside for an operator to inspect. */
  readonly setAside?: string;
}

/** The standing of a purchase in the queue. The log takes precedence: read it afterwards. */
export type Standing =
  | { readonly kind: 'in-line'; readonly position: number }
  | { readonly kind: 'kept'; readonly outcome: string };
