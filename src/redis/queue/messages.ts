/** Where the outcome of an entry is sent: a process, and the token of its waiter. */
export interface ReplyAddress {
  readonly replyTo: string;
  readonly token: string;
}

/** One purchase in the queue. */
export interface Arrival extends ReplyAddress {
  /** Its id in the stream, which rises with arrival over all processes. */
  readonly id: string;
  readonly purchaseId: string;
  /** The request, as passed to `join`. */
  readonly entry: string;
  /**
   * Why it must not be decided; null if it may be. `older`: written before Redis started or was promoted, so it may have been
   * refused since. `late`: in the queue for longer than `entryLivesMs`. `overdue`: its own deadline has passed.
   */
  readonly stale: 'older' | 'late' | 'overdue' | null;
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

/** The answer to an arrival. */
export interface Answer extends ReplyAddress {
  readonly id: string;
  readonly purchaseId: string;
  readonly outcome: string;
  /** Whether the outcome is kept in Redis for later queries, because it is not in the log. */
  readonly keep: boolean;
  /** An unreadable entry, set aside for an operator to inspect. */
  readonly setAside?: string;
}

export interface Joined {
  /** Whether a process owns the queue now. It will read these entries. */
  readonly owned: boolean;
  /** One for each entry, in order, until the queue was full. */
  readonly places: readonly { readonly id: string; readonly position: number }[];
}

/** The process that owns a concert. */
export interface ConcertOwner {
  /** Host, process id and some letters that tell it from an earlier process of the same number. */
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

/** The standing of a purchase in Redis. The log takes precedence: read it afterwards. */
export type Standing =
  | { readonly kind: 'in-line'; readonly position: number }
  | { readonly kind: 'kept'; readonly outcome: string };
