import { expect, it } from 'vitest';
import { withIds } from '../../src/domain/ids.js';
import type { RecordedEvent } from '../../src/domain/log/recorded-event.js';
import type { ProjectionName } from '../../src/postgres/tables.js';
import type { Batch, LoggedEvent } from '../../src/projections/apply/batching.js';
import { CheckpointMoved } from '../../src/projections/apply/checkpoints.js';
import { toTarget } from '../../src/projections/apply/targets.js';
import type { ReadModelStore } from '../../src/projections/live/read-model-store.js';
import { saleOf } from '../projections/sale.js';

export interface ReadModelStoreUnderTest {
  readonly store: ReadModelStore;
  /** An operator's reset. */
  reset(name: ProjectionName): Promise<void>;
}

const names: readonly ProjectionName[] = ['stock', 'tickets'];
const logId = 'a log';
const leaseMs = 60_000;

/** Eleven tickets for eleven customers; one purchase is cancelled. One position for each event, from 1. */
const log: readonly LoggedEvent[] = withIds({
  ...{ decisionId: 'recorded', concertId: 'rock', base: -1n, events: saleOf('rock', 11) },
}).map(({ id, event }, i) => {
  const position = { commit: BigInt(i + 1), prepare: BigInt(i + 1) };
  const recorded: RecordedEvent = {
    ...{ id, concertId: 'rock', type: event.type, revision: BigInt(i), position, recordedAt: new Date(0) },
    ...{ decoded: { ok: true, event }, data: event.data, metadata: {} },
  };
  return { kind: 'event', event: recorded, position };
});

/** The events from one place of the log up to another. */
const batchOf = (from: number, to: number): Batch => {
  const events = log.slice(from, to);
  return { events, position: events.at(-1)?.position ?? null, caughtUp: false };
};
const positionAt = (place: number) => log[place - 1]?.position ?? null;
const soldOut = { remaining: 1, held: 0, revision: BigInt(log.length - 1) };

/** What the live runner relies on in its store. Each adapter of `ReadModelStore` passes it. */
export function readModelStoreContract(open: () => Promise<ReadModelStoreUnderTest>): void {
  const started = async () => {
    const { store, reset } = await open();
    const session = await store.openLease();
    const epoch = await session.take('a runner', logId, leaseMs);
    if (epoch === null) throw new Error('the lease is not free');
    const apply = async (from: number, to: number, more: { readonly leaseEpoch?: bigint | null } = {}) =>
      store.apply(await targetsOf(store), batchOf(from, to), {
        ...{ onPoison: 'park' as const, logId, after: positionAt(from), leaseEpoch: epoch, ...more },
      });
    return { store, reset, session, epoch, apply };
  };
  const targetsOf = async (store: ReadModelStore) =>
    (await store.checkpoints()).flatMap((checkpoint) => {
      const target = names.includes(checkpoint.projection) ? toTarget(checkpoint) : null;
      return target === null ? [] : [target];
    });
  const placesOf = async (store: ReadModelStore) =>
    (await targetsOf(store)).map(({ position }) => Number(position?.commit ?? 0n));

  it('rows, ledger and checkpoints move together, batch by batch', async () => {
    const { store, apply } = await started();
    await apply(0, 5);
    expect(await placesOf(store)).toEqual([5, 5]);
    expect(await store.ledger()).toMatchObject({ position: positionAt(5), logId });
    await apply(5, log.length);
    expect(await store.stocksOf(['rock', 'pop'])).toEqual(new Map([['rock', soldOut]]));
    expect(await store.stocksAfter('', 10)).toEqual(new Map([['rock', soldOut]]));
    expect(await store.stocksAfter('rock', 10)).toEqual(new Map());
    const last = log.at(-1)?.event;
    for (const checkpoint of (await store.checkpoints()).filter(({ projection }) =>
      names.includes(projection),
    ))
      expect(checkpoint).toMatchObject({
        ...{ logId, caughtUp: false, foreignLog: null, state: 'active' },
        lastEvent: { id: last?.id, concertId: 'rock', revision: last?.revision },
      });
  });

  it('events that came before are taken once', async () => {
    const { store, apply } = await started();
    await apply(0, 8);
    await store.apply(await targetsOf(store), batchOf(3, log.length), {
      ...{ onPoison: 'park', logId, after: positionAt(3), leaseEpoch: null },
    });
    expect(await store.stocksOf(['rock'])).toEqual(new Map([['rock', soldOut]]));
    await apply(2, 6);
    expect(await placesOf(store)).toEqual([log.length, log.length]);
    expect(await store.stocksOf(['rock'])).toEqual(new Map([['rock', soldOut]]));
  });

  it.each<[name: string, change: (given: Awaited<ReturnType<typeof started>>) => Promise<unknown>]>([
    ['another runner has written the batch', ({ apply }) => apply(0, 4)],
    ['an operator has reset a read model', ({ reset }) => reset('stock')],
    ['another process has taken the lease', ({ session }) => session.take('a runner', logId, leaseMs)],
  ])('nothing is written when %s', async (_name, change) => {
    const given = await started();
    const { store, epoch } = given;
    const stale = await targetsOf(store);
    await change(given);
    const before = [await placesOf(store), await store.stocksOf(['rock']), await store.ledger()];
    const late = store.apply(stale, batchOf(0, 6), {
      ...{ onPoison: 'park', logId, after: null, leaseEpoch: epoch },
    });
    await expect(late).rejects.toThrow(CheckpointMoved);
    expect([await placesOf(store), await store.stocksOf(['rock']), await store.ledger()]).toEqual(before);
  });

  it('a batch after a gap of the ledger, or of another log, is refused', async () => {
    const { store, apply, epoch } = await started();
    await apply(0, 4);
    const before = await store.ledger();
    const gap = store.apply(await targetsOf(store), batchOf(8, 10), {
      ...{ onPoison: 'park', logId, after: positionAt(8), leaseEpoch: epoch },
    });
    await expect(gap).rejects.toThrow(CheckpointMoved);
    const foreign = store.apply(await targetsOf(store), batchOf(4, 10), {
      ...{ onPoison: 'park', logId: 'another log', after: positionAt(4), leaseEpoch: epoch },
    });
    await expect(foreign).rejects.toThrow(CheckpointMoved);
    expect(await store.ledger()).toEqual(before);
  });

  it('a read model that was reset is filled again, beside one that has everything', async () => {
    const { store, reset, apply } = await started();
    await apply(0, log.length);
    await reset('stock');
    expect(await store.stocksOf(['rock'])).toEqual(new Map());
    await apply(0, 7);
    expect(new Set(await placesOf(store))).toEqual(new Set([7, log.length]));
    await apply(7, log.length);
    expect(await store.stocksOf(['rock'])).toEqual(new Map([['rock', soldOut]]));
  });

  it('an emptied ledger is filled again, once', async () => {
    const { store, apply } = await started();
    await apply(0, log.length);
    const { epoch } = await store.ledger();
    await store.emptyLedger(epoch);
    expect(await store.ledger()).toMatchObject({ position: null, logId: null, lastEvent: null });
    await apply(0, 5);
    await store.emptyLedger(epoch);
    expect(await store.ledger()).toMatchObject({ position: positionAt(5), epoch: epoch + 1n });
  });

  it('notes are written for the holder of the lease, and for checkpoints that nobody changed', async () => {
    const { store, reset, session, epoch } = await started();
    const checkpoint = async () =>
      (await store.checkpoints()).find(({ projection }) => projection === 'stock');
    await store.noteForeign(epoch, [{ projection: 'stock', problem: 'another log' }]);
    expect(await checkpoint()).toMatchObject({ foreignLog: 'another log' });
    await store.noteForeign(epoch - 1n, []);
    expect(await checkpoint()).toMatchObject({ foreignLog: 'another log' });
    await store.noteForeign(epoch, []);
    expect(await checkpoint()).toMatchObject({ foreignLog: null });
    const before = await checkpoint();
    await reset('stock');
    await store.markCaughtUp([{ projection: 'stock', epoch: before?.epoch ?? 0n }]);
    expect(await checkpoint()).toMatchObject({ caughtUp: false });
    await store.markCaughtUp([{ projection: 'stock', epoch: (await checkpoint())?.epoch ?? 0n }]);
    expect(await checkpoint()).toMatchObject({ caughtUp: true });
    await store.noteLog(epoch, 'the log');
    expect(await session.holder()).toEqual({ holder: 'a runner', logId: 'the log' });
  });

  it('one process at a time has the lease, and a later one has a higher epoch', async () => {
    const { store, session, epoch } = await started();
    const other = await store.openLease();
    expect(await other.take('another runner', logId, leaseMs)).toBeNull();
    expect(await other.holder()).toEqual({ holder: 'a runner', logId });
    expect(await session.renew(epoch, leaseMs)).toBe(true);
    await session.free(epoch);
    const later = await other.take('another runner', logId, leaseMs);
    expect(later).toBeGreaterThan(epoch);
    expect(await session.renew(epoch, leaseMs)).toBe(false);
    await session.free(epoch);
    expect(await session.take('a runner', logId, leaseMs)).toBeNull();
    await Promise.all([session.end(), other.end()]);
  });
}
