import { type Concert, emptyConcert } from '../../domain/concert.js';
import type { RecordedEvent } from '../../domain/log/recorded-event.js';
import {
  SNAPSHOT_SHAPE,
  type SnapshotHead,
  SnapshotUnreadable,
} from '../../domain/state/snapshot/snapshot.js';
import type { Clock } from '../../waiting/clock.js';
import { messageOf } from '../../waiting/message-of.js';
import type { CommandObserver } from '../observer.js';
import type { ConcertLog } from './concert-log.js';
import type { Snapshots } from './snapshots.js';

export interface RestoreContext {
  readonly log: ConcertLog;
  readonly snapshots: Snapshots;
  readonly observer: CommandObserver;
  readonly clock: Clock;
}

/** Logs shorter than this are folded without a snapshot: reading one takes as long. */
const shortLog = 1_000n;

/**
 * The state to start a cold read from: the snapshot's, or the empty state. A snapshot is used only if the log has the event
 * that it was taken at, at the same revision. Without Postgres or a usable snapshot, the log is read from its start.
 * @throws {EventStoreUnavailable} when the log does not answer
 */
export async function restoreFromSnapshot(context: RestoreContext, concertId: string): Promise<Concert> {
  const { log, snapshots, observer } = context;
  const last = await log.last(concertId);
  if (last === null || last.revision < shortLog) return emptyConcert(concertId);
  try {
    const head = await snapshots.head(concertId, last.revision);
    if (head === null) return emptyConcert(concertId);
    const concert = await restore(context, head, last);
    observer.snapshotUsed(concertId);
    return concert;
  } catch (error) {
    observer.snapshotIgnored(concertId, messageOf(error));
    return emptyConcert(concertId);
  }
}

/** @throws {SnapshotUnreadable} when no process can use the snapshot, which is then deleted */
async function restore(
  { log, snapshots }: RestoreContext,
  head: SnapshotHead,
  last: RecordedEvent,
): Promise<Concert> {
  try {
    await check(head, last, log);
    const concert = await snapshots.load(head);
    if (concert === null) throw new Error('the snapshot has just been replaced');
    return concert;
  } catch (error) {
    if (error instanceof SnapshotUnreadable) await snapshots.forget(head);
    throw error;
  }
}

async function check(
  { concertId, revision, eventId, shape }: SnapshotHead,
  last: RecordedEvent,
  log: ConcertLog,
): Promise<void> {
  // Another version may still be able to read it.
  if (shape !== SNAPSHOT_SHAPE)
    throw new Error(`the snapshot has shape ${shape}; this version reads ${SNAPSHOT_SHAPE}`);
  if (revision > last.revision) {
    throw new SnapshotUnreadable(`the snapshot is of revision ${revision}, the log ends at ${last.revision}`);
  }
  const event = revision === last.revision ? last : await log.eventAt(concertId, revision);
  if (event?.id !== eventId)
    throw new SnapshotUnreadable(`the log has another event at revision ${revision}`);
}
