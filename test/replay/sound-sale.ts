import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type Concert, emptyConcert, evolve, fold, remaining } from '../../src/domain/concert.js';
import { changeConcert } from '../../src/domain/concert-commands.js';
import type { Decision } from '../../src/domain/decision.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { confirmHold } from '../../src/domain/holds/confirm-hold.js';
import { holdTickets } from '../../src/domain/holds/hold-tickets.js';
import { releaseHold } from '../../src/domain/holds/release-hold.js';
import { joinWaitingList } from '../../src/domain/holds/waiting-list.js';
import { purchaseIdOf } from '../../src/domain/ids.js';
import type { RecordedEvent } from '../../src/domain/log/recorded-event.js';
import { type AuditSources, auditConcert, isSound, soundnessOf } from '../../src/replay/audit/audit.js';
import { SnapshotTables } from '../../src/snapshots/snapshot-tables.js';
import { openReadSide } from '../projections/read-side.js';
import { record, saleOf } from '../projections/sale.js';
import { uniqueNamespace } from '../support/stack.js';
import { untilAsync } from '../support/until.js';
import { holdsAfter } from './sound-holds.js';

export const concertId = 'rock';

export interface Story {
  readonly sale: readonly ConcertEvent[];
  /** The index of the event that the snapshot is taken after. */
  readonly snapshotAt: number;
}

/** A sale with cancellations, a change of capacity, and an end. */
export function storyWithoutHolds(): Story {
  const at = '2026-03-01T11:00:00.000Z';
  const sold = saleOf(concertId, 12).filter((_, i) => i < 22);
  const more: ConcertEvent[] = [
    { type: 'CapacityChanged', data: { concertId, capacity: 20, previousCapacity: 12, changedAt: at } },
    { type: 'SalesClosed', data: { concertId, closedAt: at } },
  ];
  return { sale: [...sold, ...more], snapshotAt: sold.length - 1 };
}

/**
 * A sale with cancellations, a change of capacity, holds that are confirmed, released and open, a place on the waiting list, and
 * an end.
 */
export function storyWithHolds(): Story {
  const at = '2026-03-01T11:00:00.000Z';
  const sold = saleOf(concertId, 12).filter((_, i) => i < 22);
  const events: ConcertEvent[] = [
    ...sold,
    { type: 'CapacityChanged', data: { concertId, capacity: 14, previousCapacity: 12, changedAt: at } },
  ];
  let concert = fold(emptyConcert(concertId), events);
  const decide = (command: (concert: Concert, now: string) => Decision<unknown>) => {
    const [, added] = command(concert, at);
    expect(added).not.toEqual([]);
    events.push(...added);
    concert = fold(concert, added);
  };
  const request = (customerId: string) => ({
    ...{ holdId: purchaseIdOf(concertId, customerId), customerId, idempotencyKey: customerId },
    ...{ quantity: 1, arrivedAt: at },
  });
  const hold = (customerId: string) => decide((before, now) => holdTickets(request(customerId), before, now));
  decide((before, now) =>
    changeConcert({ holdSeconds: 600, waitingList: true, offerSeconds: 60 }, before, now),
  );
  hold('confirms');
  decide((before, now) => confirmHold({ ...request('confirms'), reference: 'payment' }, before, now));
  hold('releases');
  decide((before, now) => releaseHold(request('releases').holdId, before, now));
  for (let i = 1; remaining(concert) > 0; i++) hold(`holds-${i}`);
  decide((before, now) => joinWaitingList(request('waits'), before, now));
  events.push({ type: 'SalesClosed', data: { concertId, closedAt: at } });
  return { sale: events, snapshotAt: sold.length - 1 };
}

/** A sale with cancellations, a change of capacity, and every event of holds and of the waiting list. */
export function storyOfEveryHold(): Story {
  const at = '2026-03-01T11:00:00.000Z';
  const sold = saleOf(concertId, 12).filter((_, i) => i < 22);
  const capacity = 12 + 3 - remaining(fold(emptyConcert(concertId), sold));
  const sale: ConcertEvent[] = [
    ...sold,
    { type: 'CapacityChanged', data: { concertId, capacity: 20, previousCapacity: 12, changedAt: at } },
    { type: 'CapacityChanged', data: { concertId, capacity, previousCapacity: 20, changedAt: at } },
  ];
  return { sale: [...sale, ...holdsAfter(sale)], snapshotAt: sold.length - 1 };
}

export interface SoundSale {
  readonly side: Awaited<ReturnType<typeof openReadSide>>;
  readonly log: readonly RecordedEvent[];
  /** The invariants that an audit finds violated. */
  violatedIn(sources?: Partial<AuditSources>): Promise<readonly string[]>;
}

/**
 * A sale with its read models, stock and a snapshot. An audit finds it sound before the tests of the file and after each of
 * them. Nothing projects meanwhile, so nothing repairs the damage of a test.
 */
export function soundSale(story: Story): () => SoundSale {
  let sold: SoundSale | undefined;
  const get = () => {
    if (sold === undefined) throw new Error('nothing is sold yet');
    return sold;
  };
  beforeAll(async () => {
    sold = await sell(story);
    expect(soundnessOf(await audit(sold.side))).toBe('sound');
  }, 60_000);
  // What a test damages and does not take back would be found by every audit after it.
  afterEach(async () => {
    expect(soundnessOf(await audit(get().side))).toBe('sound');
  });
  afterAll(() => sold?.side.close());
  return get;
}

async function sell({ sale, snapshotAt }: Story): Promise<SoundSale> {
  const side = await openReadSide(uniqueNamespace());
  side.runner.start();
  const last = await record(side.store, concertId, sale);
  const isThere = async () => (await side.cache.get(concertId))?.revision === last;
  await untilAsync(isThere, 'the stock of the whole sale in Redis');
  await untilAsync(async () => isSound(await audit(side)), 'an audit that finds nothing');
  await side.runner.stop();
  const pages: RecordedEvent[][] = [];
  for await (const page of side.store.read(concertId, 0n)) pages.push([...page]);
  const log = pages.flat();
  let state = emptyConcert(concertId);
  for (const event of sale.slice(0, snapshotAt + 1)) state = evolve(state, event);
  const { signal } = new AbortController();
  await new SnapshotTables(side.database).take(state, log[snapshotAt]?.id ?? '', null, signal);
  const violatedIn = async (sources: Partial<AuditSources> = {}) =>
    (await audit(side, sources)).findings.flatMap(({ verdict, invariant }) =>
      verdict === 'violated' ? [invariant] : [],
    );
  return { side, log, violatedIn };
}

async function audit(
  { store, database, cache: stock }: SoundSale['side'],
  sources: Partial<AuditSources> = {},
) {
  // Redis does not lag where nothing is published: a stock that is behind is not waited for.
  const audited = await auditConcert({ store, database, stock, stockPatienceMs: 30, ...sources }, concertId);
  if (audited === null) throw new Error('nothing to audit');
  return audited;
}

/** The value with one leaf changed, for every leaf. */
export function* everyChange(value: unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries())
      for (const other of everyChange(item)) yield value.with(i, other);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      for (const other of everyChange(item)) yield { ...value, [name]: other };
    }
  } else yield otherLeaf(value);
}

function otherLeaf(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  return value === null ? 'x' : `${value}x`;
}
