import type { Concert } from '../../domain/concert.js';
import type { SnapshotHead } from '../../domain/state/snapshot.js';

/** Where states are saved. Every method may reject; then, and where nothing is saved, the log is read instead. */
export interface Snapshots {
  /** What there is of a concert, null for nothing. Answers or rejects soon. */
  head(concertId: string): Promise<SnapshotHead | null>;
  /** Null when that very snapshot is no longer there. */
  load(head: SnapshotHead): Promise<Concert | null>;
  /**
   * In place of an older one, whole or not at all; false when somebody else has done so, or does.
   * @param base a snapshot that is of the same log, null for none: only what is new since is written
   */
  take(concert: Concert, eventId: string, base: SnapshotHead | null, signal: AbortSignal): Promise<boolean>;
  /** Removes this very snapshot. */
  forget(head: SnapshotHead): Promise<void>;
}
