import { type Kysely, sql } from 'kysely';
import type { Position } from '../../domain/log/recorded-event.js';
import { rows } from '../../postgres/rows.js';
import type { CheckpointRow, ProjectionName, Slot, Tables } from '../../postgres/tables.js';
import { projectionNames } from '../models/index.js';

export interface Checkpoint {
  readonly projection: ProjectionName;
  readonly slot: Slot;
  readonly version: number;
  /** The tables hold every event up to here; null before the first event. */
  readonly position: Position | null;
  readonly lastEventAt: Date | null;
  readonly state: CheckpointRow['state'];
  readonly caughtUp: boolean;
  readonly problem: string | null;
  readonly epoch: bigint;
  /** The log that the tables were built from; null before the first event. */
  readonly logId: string | null;
  /** The last event that was applied. */
  readonly lastEvent: LastEvent | null;
  /** Why the tables cannot have been built from the log at hand; null when the runner knows of no reason. */
  readonly foreignLog: string | null;
  /** Of a build: the epoch of the live tables that it was compared with and found equal to. */
  readonly comparedEpoch: bigint | null;
}

/** An event, identified by its place in its concert and its id. */
export interface LastEvent {
  readonly id: string;
  readonly concertId: string;
  readonly revision: bigint;
}

export interface CheckpointMove {
  readonly projection: ProjectionName;
  readonly slot: Slot;
  readonly epoch: bigint;
  readonly from: Position | null;
  readonly to: Position;
}

/** The values written with a move. */
export interface MoveNote {
  /** The log of the position. */
  readonly logId: string;
  /** The last event before the new position; null leaves the noted event as it is. */
  readonly lastEvent: (LastEvent & { readonly recordedAt: Date }) | null;
  /** Epoch of the runner's lease; null for a rebuild, which has no lease. */
  readonly leaseEpoch: bigint | null;
}

/** Another runner or an operator has changed the checkpoint; the rows may be written already. */
export class CheckpointMoved extends Error {
  override readonly name = 'CheckpointMoved';
}

/** Reads all checkpoints, in the order in which projections are listed everywhere. */
export async function loadCheckpoints(database: Kysely<Tables>): Promise<readonly Checkpoint[]> {
  const all = await database.selectFrom('checkpoints').selectAll().execute();
  const place = ({ projection }: Checkpoint) => projectionNames.indexOf(projection);
  return all.map(toCheckpoint).toSorted((a, b) => place(a) - place(b));
}

/** Reads checkpoints and locks them until the transaction ends, by name: in one order, so that nobody waits for one who waits. */
export async function lockLiveCheckpoints(
  transaction: Kysely<Tables>,
  names: readonly ProjectionName[],
): Promise<readonly Checkpoint[]> {
  const locked = await transaction
    .selectFrom('checkpoints')
    .selectAll()
    .where('slot', '=', 'live')
    .where('projection', 'in', names)
    .orderBy('projection')
    .forUpdate()
    .execute();
  return locked.map(toCheckpoint);
}

/**
 * Moves checkpoints, each from its expected position, and locks them until the transaction ends. So of two runners with the
 * same events only one writes them, and a runner that has lost its lease writes nothing.
 * @throws {CheckpointMoved} when one is at another position; the transaction must be rolled back.
 */
export async function moveCheckpoints(
  transaction: Kysely<Tables>,
  moves: readonly CheckpointMove[],
  { logId, lastEvent, leaseEpoch }: MoveNote,
): Promise<void> {
  const { numAffectedRows } = await sql`
    update checkpoints c set
      commit_position = d.to_commit, prepare_position = d.to_prepare,
      last_event_at = coalesce(${lastEvent?.recordedAt ?? null}::timestamptz, c.last_event_at),
      log_id = ${logId},
      event_id = coalesce(${lastEvent?.id ?? null}::text, c.event_id),
      event_concert_id = coalesce(${lastEvent?.concertId ?? null}::text, c.event_concert_id),
      event_revision = coalesce(${lastEvent?.revision.toString() ?? null}::bigint, c.event_revision)
    from ${rows('d', moveColumns, moves.map(toRow).toSorted(byName))}
    where c.projection = d.projection and c.slot = d.slot and c.epoch = d.epoch
      and c.commit_position is not distinct from d.from_commit
      and c.prepare_position is not distinct from d.from_prepare
      and (${leaseEpoch?.toString() ?? null}::bigint is null
        or exists (select from lease where name = 'projecting' and epoch = ${leaseEpoch?.toString() ?? null}::bigint))
    `.execute(transaction);
  if (numAffectedRows !== BigInt(moves.length)) {
    const names = moves.map(({ projection }) => projection).join(', ');
    throw new CheckpointMoved(`another process changed a checkpoint of ${names}`);
  }
}

/** Notes that these projections have reached the end of the log: of all or of none, so that they go on together. */
export async function markCaughtUp(
  database: Kysely<Tables>,
  live: readonly { readonly projection: ProjectionName; readonly epoch: bigint }[],
): Promise<void> {
  const noted = live.map(({ projection, epoch }) => ({ projection, epoch: `${epoch}` }));
  await database.transaction().execute(async (transaction) => {
    await lockLiveCheckpoints(
      transaction,
      live.map(({ projection }) => projection),
    );
    await sql`
      update checkpoints c set caught_up = true
      from ${rows('d', 'projection text, epoch bigint', noted)}
      where c.slot = 'live' and c.projection = d.projection and c.epoch = d.epoch`.execute(transaction);
  });
}

/** Notes which tables cannot have been built from the log at hand, and why; clears the note of all others. */
export async function noteForeign(
  database: Kysely<Tables>,
  leaseEpoch: bigint,
  foreign: readonly { readonly projection: ProjectionName; readonly problem: string }[],
): Promise<void> {
  await sql`
    update checkpoints c set foreign_log = d.problem
    from checkpoints o left join ${rows('d', 'projection text, problem text', foreign)} using (projection)
    where o.slot = 'live' and c.slot = 'live' and c.projection = o.projection
      and c.foreign_log is distinct from d.problem
      and exists (select from lease where name = 'projecting' and epoch = ${leaseEpoch.toString()}::bigint)
  `.execute(database);
}

const moveColumns =
  'projection text, slot text, epoch bigint, from_commit numeric, from_prepare numeric, ' +
  'to_commit numeric, to_prepare numeric';

const toRow = ({ projection, slot, epoch, from, to }: CheckpointMove) => ({
  projection,
  slot,
  epoch: `${epoch}`,
  from_commit: from === null ? null : `${from.commit}`,
  from_prepare: from === null ? null : `${from.prepare}`,
  to_commit: `${to.commit}`,
  to_prepare: `${to.prepare}`,
});

/** As they are locked elsewhere. */
const byName = (a: { readonly projection: string }, b: { readonly projection: string }): number =>
  a.projection < b.projection ? -1 : 1;

interface StoredCheckpoint {
  readonly projection: ProjectionName;
  readonly slot: Slot;
  readonly version: number;
  readonly commit_position: string | null;
  readonly prepare_position: string | null;
  readonly last_event_at: Date | null;
  readonly state: CheckpointRow['state'];
  readonly caught_up: boolean;
  readonly problem: string | null;
  readonly epoch: bigint;
  readonly log_id: string | null;
  readonly event_id: string | null;
  readonly event_concert_id: string | null;
  readonly event_revision: bigint | null;
  readonly foreign_log: string | null;
  readonly compared_epoch: bigint | null;
}

function toLastEvent({
  event_id: id,
  event_concert_id: concertId,
  event_revision: revision,
}: StoredCheckpoint): LastEvent | null {
  return id === null || concertId === null || revision === null ? null : { id, concertId, revision };
}

function toCheckpoint(row: StoredCheckpoint): Checkpoint {
  const { projection, slot, version, commit_position: commit, prepare_position: prepare } = row;
  return {
    projection,
    slot,
    version,
    position:
      commit === null || prepare === null ? null : { commit: BigInt(commit), prepare: BigInt(prepare) },
    lastEventAt: row.last_event_at,
    state: row.state,
    caughtUp: row.caught_up,
    problem: row.problem,
    epoch: row.epoch,
    logId: row.log_id,
    lastEvent: toLastEvent(row),
    foreignLog: row.foreign_log,
    comparedEpoch: row.compared_epoch,
  };
}
