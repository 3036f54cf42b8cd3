import { type Kysely, sql } from 'kysely';
import { comparePositions, type Position, type RecordedEvent } from '../../domain/log/recorded-event.js';
import type { Slot, Tables } from '../../postgres/tables.js';
import type { Projection } from '../models/projection.js';
import type { Batch, LoggedEvent } from './batching.js';
import { moveCheckpoints } from './checkpoints.js';
import { type Exceptions, eventKey, noteWaiting, park } from './park.js';
import { applyAround, isPoisonous, type PoisonEvent, statementsFor } from './poison.js';

/** The tables of a projection that events are taken into, and how far they have come. */
export interface Target extends Exceptions {
  readonly projection: Projection;
  readonly slot: Slot;
  readonly epoch: bigint;
  readonly position: Position | null;
}

export interface ApplyOptions {
  /** Where the tables are, if not in the schema of the database. */
  readonly schema?: string;
  /** The log that the events are from. */
  readonly logId: string;
  /** Of the runner; null for a rebuild. */
  readonly leaseEpoch: bigint | null;
  /** `park` holds back the rest of the concert and goes on; `stop` throws PoisonEvent. */
  readonly onPoison: 'park' | 'stop';
}

/**
 * Takes a batch into the tables of all targets, with their checkpoints, in one transaction. What a target already has is
 * skipped, so a batch may overlap with earlier ones.
 * @returns the new progress of each
 * @throws {CheckpointMoved} when somebody else projects too, or an operator stepped in
 * @throws {PoisonEvent} when that is to stop it
 */
export async function applyBatch(
  database: Kysely<Tables>,
  targets: readonly Target[],
  batch: Batch,
  options: ApplyOptions,
): Promise<readonly Target[]> {
  try {
    return await inOneTransaction(database, targets, batch, options, takeAll);
  } catch (error) {
    if (!isPoisonous(error)) throw error;
    return await inOneTransaction(database, targets, batch, options, takeAroundPoison);
  }
}

/** Takes events into one target. @returns the concerts that wait from now on, besides those that did already */
type Take = (
  transaction: Kysely<Tables>,
  target: Target,
  events: readonly RecordedEvent[],
  options: ApplyOptions,
) => Promise<readonly string[]>;

async function inOneTransaction(
  database: Kysely<Tables>,
  targets: readonly Target[],
  batch: Batch,
  options: ApplyOptions,
  take: Take,
): Promise<readonly Target[]> {
  const { position: to } = batch;
  const behind = to === null ? [] : targets.filter(({ position }) => isBefore(position, to));
  if (to === null || behind.length === 0) return targets;
  const after = new Map<Target, Target>();
  await database.transaction().execute(async (transaction) => {
    const moves = behind.map((target) => ({
      projection: target.projection.name,
      slot: target.slot,
      epoch: target.epoch,
      from: target.position,
      to,
    }));
    const lastEvent = batch.events.at(-1)?.event ?? null;
    await moveCheckpoints(transaction, moves, { ...options, lastEvent });
    if (options.schema !== undefined) await useSchema(transaction, options.schema);
    for (const target of behind) {
      const fresh = eventsBehind(batch.events, target.position);
      const nowParked = await take(transaction, target, fresh, options);
      const parked = nowParked.length === 0 ? target.parked : new Set([...target.parked, ...nowParked]);
      after.set(target, { ...target, position: to, parked });
    }
  });
  return targets.map((target) => after.get(target) ?? target);
}

export const isBefore = (position: Position | null, other: Position): boolean =>
  position === null || comparePositions(position, other) < 0;

function eventsBehind(logged: readonly LoggedEvent[], position: Position | null): readonly RecordedEvent[] {
  const first = logged.findIndex((each) => isBefore(position, each.position));
  return first < 0 ? [] : logged.slice(first).map(({ event }) => event);
}

/** For the rest of the transaction, table names mean tables of this schema and of no other. */
async function useSchema(transaction: Kysely<Tables>, schema: string): Promise<void> {
  await sql`set local search_path to ${sql.id(schema)}`.execute(transaction);
}

const takeAll: Take = async (transaction, target, events) => {
  const wanted = await setAside(transaction, target, events);
  for (const statement of statementsFor(target.projection, wanted)) await statement.execute(transaction);
  return [];
};

const takeAroundPoison: Take = async (transaction, target, events, { onPoison }) => {
  const nowParked: string[] = [];
  const stop = (poison: PoisonEvent): never => {
    throw poison;
  };
  const parkConcert = async (poison: PoisonEvent) => {
    const { concertId } = poison.event;
    nowParked.push(concertId);
    await park(transaction, poison);
    const rest = events.filter((event) => event.concertId === concertId);
    await noteWaiting(transaction, target.projection.name, rest);
    return (event: RecordedEvent) => event.concertId === concertId;
  };
  const wanted = await setAside(transaction, target, events);
  await applyAround(transaction, target.projection, wanted, onPoison === 'park' ? parkConcert : stop);
  return nowParked;
};

/** The events to take: not those that wait, which are noted, nor those that an operator skipped. */
async function setAside(
  transaction: Kysely<Tables>,
  { projection, parked, skipped }: Target,
  events: readonly RecordedEvent[],
): Promise<readonly RecordedEvent[]> {
  if (parked.size === 0 && skipped.size === 0) return events;
  const waiting = events.filter(({ concertId }) => parked.has(concertId));
  await noteWaiting(transaction, projection.name, waiting);
  return events.filter((event) => !parked.has(event.concertId) && !skipped.has(eventKey(event)));
}
