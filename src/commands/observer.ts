export type WhyDropped = 'older' | 'late' | 'overdue' | 'unreadable';

/** Callbacks of the write side, for metrics and log lines. They run on the hot path: keep them cheap, never throw. */
export interface CommandObserver {
  /** The number of commands that wait or are being decided has changed. */
  inFlight(count: number): void;
  /** Redis was unreachable; the command ran without a lock, guarded by the expected revision alone. */
  ranWithoutLock(concertId: string, problem: string): void;
  lockReleaseFailed(concertId: string, problem: string): void;
  /** Another writer appended first; the command is decided again. */
  appendConflicted(concertId: string): void;
  /** The stock cache could not be written; the projection writes it later. */
  stockWriteFailed(problem: string): void;
  /** This process became the owner of a concert. */
  ownershipBegan(concertId: string): void;
  /** This process owns the concert no longer. */
  ownershipEnded(concertId: string): void;
  /** Purchases were sent to a concert's queue, in one call. */
  handedOver(concertId: string, purchases: number): void;
  /** The arrival queue could not be used; the purchase ran in mode `batch`. */
  queueBypassed(concertId: string, problem: string): void;
  /**
   * Entries were removed from the arrival queue undecided; their buyers get `unavailable` or `busy` and may retry. `older`: Redis
   * restarted with older data. `late`: no process decided them in time. `overdue`: not decided within the wait that their buyers
   * accept. `unreadable`: written by another version; set aside in Redis.
   */
  queueEntriesDropped(concertId: string, why: WhyDropped, count: number): void;
  /** What time has made due in a concert with holds could not be appended; it is tried again. Called once per outage. */
  holdSweepFailed(concertId: string, problem: string): void;
  /** A snapshot was saved. */
  snapshotSaved(concertId: string, milliseconds: number): void;
  /** A snapshot could not be saved; it is tried again after more events. */
  snapshotSaveFailed(concertId: string, problem: string): void;
  /** A concert was restored from a snapshot and the events after it. */
  snapshotUsed(concertId: string): void;
  /** A snapshot could not be used or looked up; the whole log was read instead. */
  snapshotIgnored(concertId: string, problem: string): void;
  /** One concert has more purchases than the memory bound; it is kept while it is in use. Called once per concert. */
  concertExceededMemory(concertId: string, purchases: number): void;
  /**
   * The log of a concert ends before the revision in memory or Redis: it was restored from a backup. The newer state is
   * dropped.
   */
  logFoundShorter(concertId: string, claimed: bigint, end: bigint): void;
  appended(commands: number, events: number, milliseconds: number): void;
}
