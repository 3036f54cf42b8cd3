import type { Kysely } from 'kysely';
import { comparePositions, type Position } from '../event-store/recorded-event.js';
import { moveCheckpoints } from './checkpoints.js';
import type { Batch, LoggedEvent } from './intake.js';
import type { ProjectedEvent, Projection } from './projection.js';
import type { Tables } from './tables.js';

/** A projection and how far it has come. */
export interface Progress {
  readonly projection: Projection;
  readonly position: Position | null;
}

/** The log holds an event that this version cannot read. */
export class UnreadableEvent extends Error {
  override readonly name = 'UnreadableEvent';
}

/**
 * Takes a batch into the tables of all projections, with their checkpoints, in one transaction. What a projection already
 * has is skipped, so a batch may overlap with earlier ones.
 * @returns the new progress of each
 * @throws {CheckpointMoved} when somebody else projects too
 * @throws {UnreadableEvent}
 */
export async function applyBatch(
  database: Kysely<Tables>,
  progress: readonly Progress[],
  batch: Batch,
): Promise<readonly Progress[]> {
  const behind = progress.filter(({ position }) => isBehind(position, batch.position));
  if (behind.length === 0) return progress;
  const statements = behind.flatMap(({ projection, position }) => {
    const events = batch.events.filter((event) => isBehind(position, event.position)).map(toProjected);
    return events.length === 0 ? [] : projection.apply(events);
  });
  await database.transaction().execute(async (transaction) => {
    const to = batch.position;
    await moveCheckpoints(
      transaction,
      behind.map(({ projection, position: from }) => ({ projection: projection.name, from, to })),
    );
    for (const statement of statements) await statement.execute(transaction);
  });
  return progress.map((each) => (behind.includes(each) ? { ...each, position: batch.position } : each));
}

const isBehind = (position: Position | null, target: Position): boolean =>
  position === null || comparePositions(position, target) < 0;

function toProjected({ id, concertId, revision, decoded }: LoggedEvent): ProjectedEvent {
  if (!decoded.ok) {
    throw new UnreadableEvent(`event ${id} (concert ${concertId}, revision ${revision}): ${decoded.problem}`);
  }
  return { concertId, revision, event: decoded.event };
}
