import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { EventStore } from '../../src/event-store/event-store.js';
import { ConcertLock } from '../../src/redis/lock/concert-lock.js';
import { type Clock, systemClock } from '../../src/waiting/clock.js';
import { concertTerms, openEventStore, type WriteSide, type WriteSideOptions } from '../support/services.js';
import { uniqueNamespace } from '../support/stack.js';
import { untilAsync } from '../support/until.js';
import { kindOf, request, writeSides } from './support.js';

const open = writeSides();

/** Time that waits for nobody: what the write side waits for by its clock is over when the test says so. */
let skippedMs = 0;
const clock: Clock = { ...systemClock, monotonic: () => performance.now() + skippedMs };
const skipSome = () => {
  skippedMs += 500;
};

const writeSide = (options: WriteSideOptions) => open({ ...options, clock });

/** As a client does it: told that a server is away, it comes back with the same key. */
async function insist({ commands }: WriteSide, concertId: string, customer: string): Promise<string> {
  let kind = '';
  const isAnswered = async () => {
    kind = kindOf(await commands.purchase(request(concertId, customer)));
    if (kind === 'unavailable') skipSome();
    return kind !== 'unavailable';
  };
  await untilAsync(isAnswered, 'an answer that is final');
  return kind;
}

it('nobody is refused on a read that did not reach the revision that Redis names', async () => {
  const namespace = uniqueNamespace();
  let lastSeen: bigint | null = null;
  /** As a follower that is behind, or a leader that does not know yet that it is none. */
  class LaggingStore extends EventStore {
    override async *read(...args: Parameters<EventStore['read']>) {
      for await (const page of super.read(...args)) {
        yield page.filter(({ revision }) => lastSeen === null || revision <= lastSeen);
      }
    }
  }
  const office = await writeSide({ namespace, purchaseMode: 'batch' });
  const parts = { EventStore: LaggingStore, ConcertLock };
  const side = await writeSide({ namespace, purchaseMode: 'batch', parts });
  const concertId = randomUUID();
  await office.commands.schedule(concertTerms(concertId, { capacity: 1, vipSeats: 0 }));
  expect(await insist(side, concertId, 'ann')).toBe('accepted');
  lastSeen = (await office.fold(concertId)).revision;
  const changed = await office.commands.change(concertId, { capacity: 2 });
  if (changed.kind !== 'done') throw new Error(changed.kind);
  const inRedis = async () => (await office.stock.get(concertId))?.revision === changed.revision;
  await untilAsync(inRedis, 'Redis to have the new revision');
  expect(kindOf(await side.commands.purchase(request(concertId, 'bob')))).toBe('unavailable');
  lastSeen = null;
  expect(await insist(side, concertId, 'bob')).toBe('accepted');
  expect(side.counts.logFoundShorter).toBe(0);
});

it('a stock in Redis from beyond the end of the log is put right, and told of once', async () => {
  const side = await writeSide({ namespace: uniqueNamespace(), purchaseMode: 'batch' });
  const concertId = randomUUID();
  await side.commands.schedule(concertTerms(concertId, { capacity: 2, vipSeats: 0 }));
  await side.stock.put(new Map([[concertId, { remaining: 0, held: 0, revision: 1_000n }]]));
  expect(await insist(side, concertId, 'ann')).toBe('accepted');
  expect(await insist(side, concertId, 'bob')).toBe('accepted');
  expect(await insist(side, concertId, 'cid')).toBe('sold-out');
  const { revision } = await side.fold(concertId);
  const isRight = async () => (await side.stock.get(concertId))?.revision === revision;
  await untilAsync(isRight, 'the stock in Redis to be that of the log');
  await side.stock.put(new Map([[concertId, { remaining: 0, held: 0, revision: 1_000n }]]));
  expect(await insist(side, concertId, 'dan')).toBe('sold-out');
  await untilAsync(isRight, 'the stock in Redis to be that of the log again');
  expect(side.counts.logFoundShorter).toBe(1);
});

it.each(['batch', 'optimistic', 'lock-cache'] as const)(
  'mode %s: a log that is restored from a backup under a running process is sold on from its end',
  async (purchaseMode) => {
    const backup = openEventStore(uniqueNamespace());
    let restored = false;
    class RestoredStore extends EventStore {
      override read(...args: Parameters<EventStore['read']>) {
        return restored ? backup.read(...args) : super.read(...args);
      }
      override readLast(...args: Parameters<EventStore['readLast']>) {
        return restored ? backup.readLast(...args) : super.readLast(...args);
      }
      override append(...args: Parameters<EventStore['append']>) {
        return restored ? backup.append(...args) : super.append(...args);
      }
    }
    const parts = { EventStore: RestoredStore, ConcertLock };
    const side = await writeSide({ namespace: uniqueNamespace(), purchaseMode, parts });
    const concertId = randomUUID();
    await side.commands.schedule(concertTerms(concertId, { capacity: 3, vipSeats: 0 }));
    for (const customer of ['ann', 'bob', 'cid']) await insist(side, concertId, customer);
    for await (const page of side.store.read(concertId, 0n, 2)) {
      const events = page.flatMap(({ id, decoded }) => (decoded.ok ? [{ id, event: decoded.event }] : []));
      await backup.append(concertId, -1n, events);
    }
    restored = true;
    const noLongerSoldOut = async () => (await insist(side, concertId, 'dan')) !== 'sold-out';
    await untilAsync(noLongerSoldOut, 'the process to notice');
    const { live, revision } = await side.fold(concertId);
    expect(live).toBe(2);
    expect(side.counts.logFoundShorter).toBeGreaterThanOrEqual(1);
    expect(await insist(side, concertId, 'ann')).toBe('replayed');
    expect((await side.fold(concertId)).revision).toBe(revision);
    await backup.close();
  },
  60_000,
);
