import { type Kysely, sql } from 'kysely';
import { comparePositions, type Position, type RecordedEvent } from '../../domain/log/recorded-event.js';
import type { Slot, Tables } from '../../postgres/tables.js';
import type { EffectOf, Projection } from '../models/projection.js';
import type { Batch, LoggedEvent } from './batching.js';
import { moveCheckpoints } from './checkpoints.js';
import { effectsOf } from './ledger/effects.js';
import { takeIntoLedger } from './ledger/ledger.js';
import { type Exceptions, eventKey, noteWaiting, park } from './park.js';
import { applyAround, isPoisonous, type PoisonEvent, statementsFor } from './poison.js';

/** The tables of a projection that events are applied to, and their progress. */
export interface Target extends Exceptions {
  readonly projection: Projection;
  readonly slot: Slot;
  readonly epoch: bigint;
  readonly position: Position | null;
}

export interface ApplyOptions {
  /** The schema of the tables; without it, the schema of the database. */
  readonly schema?: string;
  /** The log that the events are from. */
  readonly logId: string;
  /** The batch holds every event after this position up to its own; null for the start of the log. */
  readonly after: Position | null;
  /** Epoch of the runner's lease; null for a rebuild. */
  readonly leaseEpoch: bigint | null;
  /** `park` holds back the rest of the concert and goes on; `stop` throws PoisonEvent. */
  readonly onPoison: 'park' | 'stop';
}

/**
 * Applies a batch to the ledger and to the tables of all targets, with their checkpoints, in one transaction. Events that a
 * target already has are skipped, so a batch may overlap with earlier ones.
 * @returns the new progress of each target
 * @throws {CheckpointMoved} when another process projects too, an operator stepped in, or the ledger lacks events before the
 * batch
 * @throws {PoisonEvent} with `onPoison: 'stop'`
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

/** Applies events to one target. @returns the concerts that are parked by it */
type Take = (
  transaction: Kysely<Tables>,
  target: Target,
  events: readonly RecordedEvent[],
  effectOf: EffectOf,
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
  if (to === null) return targets;
  const behind = targets.filter(({ position }) => isBefore(position, to));
  const { logId, after } = options;
  const moved = new Map<Target, Target>();
  await database.transaction().execute(async (transaction) => {
    const moves = behind.map((target) => ({
      projection: target.projection.name,
      slot: target.slot,
      epoch: target.epoch,
      from: target.position,
      to,
    }));
    const events = batch.events.map(({ event }) => event);
    await lookUpByIndex(transaction);
    if (moves.length > 0) {
      await moveCheckpoints(transaction, moves, { ...options, lastEvent: events.at(-1) ?? null });
    }
    const ledger = await takeIntoLedger(transaction, { logId, after, to, events });
    const effectOf = await effectsOf(transaction, ledger, behind.length === 0 ? [] : events);
    if (options.schema !== undefined) await useSchema(transaction, options.schema);
    for (const target of behind) {
      const fresh = eventsBehind(batch.events, target.position);
      const nowParked = await take(transaction, target, fresh, effectOf, options);
      const parked = nowParked.length === 0 ? target.parked : new Set([...target.parked, ...nowParked]);
      moved.set(target, { ...target, position: to, parked });
    }
  });
  return targets.map((target) => moved.get(target) ?? target);
}

export const isBefore = (position: Position | null, other: Position): boolean =>
  position === null || comparePositions(position, other) < 0;

function eventsBehind(logged: readonly LoggedEvent[], position: Position | null): readonly RecordedEvent[] {
  const first = logged.findIndex((each) => isBefore(position, each.position));
  return first < 0 ? [] : logged.slice(first).map(({ event }) => event);
}

/**
 * For the rest of the transaction, rows are looked up one by one. Every statement of a batch finds its rows by their keys; Postgres,
 * which counts an index look-up as dearer than it is, would for some hundred of them rather read and hash the whole table. A plan that
 * has no other way than a scan is counted as very dear by Postgres before 18, which would then compile each such statement (`jit`).
 */
async function lookUpByIndex(transaction: Kysely<Tables>): Promise<void> {
  await sql`
    select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
      set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)`.execute(transaction);
}

/** For the rest of the transaction, table names resolve in this schema only. */
async function useSchema(transaction: Kysely<Tables>, schema: string): Promise<void> {
  await sql`set local search_path to ${sql.id(schema)}`.execute(transaction);
}

const takeAll: Take = async (transaction, target, events, effectOf) => {
  const wanted = await setAside(transaction, target, events);
  for (const statement of statementsFor(target.projection, wanted, effectOf))
    await statement.execute(transaction);
  return [];
};

const takeAroundPoison: Take = async (transaction, target, events, effectOf, { onPoison }) => {
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
  const onEach = onPoison === 'park' ? parkConcert : stop;
  await applyAround(transaction, target.projection, wanted, effectOf, onEach);
  return nowParked;
};

/** The events to apply: neither those of parked concerts, which are noted, nor those that an operator skipped. */
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
