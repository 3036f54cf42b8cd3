/** What the write side tells of itself, for metrics and log lines. Called on the hot path: keep it cheap, never throw. */
export interface CommandObserver {
  /** Redis did not give a lock, and the command went on held by the expected revision alone. */
  wentOnWithoutLock(concertId: string, problem: string): void;
  lockNotReleased(concertId: string, problem: string): void;
  /** Somebody else appended first; the command is decided again. */
  conflict(concertId: string): void;
  /** The stock cache could not be written; the projection will make it right. */
  stockNotWritten(problem: string): void;
  /** The arrival queue could not be used; the purchase went on in mode `batch`. */
  queueNotUsed(concertId: string, problem: string): void;
  /**
   * Entries of the arrival queue were taken out undecided; their buyers are told to ask again. `older`: Redis came back with
   * older data. `late`: nobody decided them in time. `unreadable`: of another version; set aside in Redis.
   */
  queueEntriesDropped(concertId: string, why: 'older' | 'late' | 'unreadable', count: number): void;
  /** A snapshot was saved. */
  snapshotTaken(concertId: string, milliseconds: number): void;
  /** A snapshot could not be saved; it is tried again at a later revision. */
  snapshotNotTaken(concertId: string, problem: string): void;
  /** A concert that was not known here was read from a snapshot on. */
  snapshotUsed(concertId: string): void;
  /** There was a snapshot or may have been one, and the whole log was read instead. */
  snapshotIgnored(concertId: string, problem: string): void;
  /** One concert alone has more purchases than may be kept in memory; it is kept while it is in use. Told once per concert. */
  concertExceedsMemory(concertId: string, purchases: number): void;
  /** The log of a concert was restored from a backup: it ends before what memory or Redis had of it, which is dropped. */
  logEndsEarlier(concertId: string, claimed: bigint, end: bigint): void;
  appended(commands: number, events: number, milliseconds: number): void;
}
