import type { Concert } from '../../domain/concert.js';
import type { SnapshotHead } from '../../domain/state/snapshot/snapshot.js';

/** The store of snapshots. Every call may reject; the log is read instead. */
export interface Snapshots {
  /**
   * The head of the concert's snapshot; null when there is none. Resolves or rejects in a small part of the time that reading the
   * log would take.
   * @param logEnd the concert's last revision
   */
  head(concertId: string, logEnd: bigint): Promise<SnapshotHead | null>;
  /** Null when this snapshot has been replaced or deleted. */
  load(head: SnapshotHead): Promise<Concert | null>;
  /**
   * Saves a snapshot in place of an older one, atomically; false when another process has saved one or is saving one.
   * @param base a snapshot of the same log, of which only the changes since are written; null for none
   */
  take(concert: Concert, eventId: string, base: SnapshotHead | null, signal: AbortSignal): Promise<boolean>;
  /** Deletes this snapshot, if it has not been replaced. */
  forget(head: SnapshotHead): Promise<void>;
}
