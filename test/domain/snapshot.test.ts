import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Concert, emptyConcert, fold } from '../../src/domain/concert.js';
import { RestoredConcert, SnapshotUnreadable, snapshotParts } from '../../src/domain/snapshot.js';
import { steps, toLog } from '../projections/random-log.js';
import { saleOf } from '../projections/sale.js';
import { cancelled, reserved, scheduled, vip } from './concert-events.js';

function restore(concert: Concert, parts: Iterable<string>): Concert {
  const restored = new RestoredConcert();
  for (const part of parts) restored.add(part);
  return restored.finish(concert);
}

const plain = (concert: Concert) => ({
  ...concert,
  purchases: concert.purchases.toObject(),
  held: concert.held.toObject(),
});

const sale = (purchases: number): Concert => fold(emptyConcert('c1'), saleOf('c1', purchases));

it('every state of every history comes back the same, and folds on the same', () => {
  fc.assert(
    fc.property(steps(3), fc.nat(), (commands, cut) => {
      for (const [concertId] of toLog(commands).concerts) {
        const events = toLog(commands).events.flatMap(({ event: { decoded, ...of } }) =>
          decoded.ok && of.concertId === concertId ? [decoded.event] : [],
        );
        const at = cut % (events.length + 1);
        const concert = fold(emptyConcert(concertId), events.slice(0, at));
        const restored = restore(concert, snapshotParts(concert));
        expect(plain(restored)).toEqual(plain(concert));
        expect(plain(fold(restored, events.slice(at)))).toEqual(plain(fold(concert, events.slice(at))));
      }
    }),
    { numRuns: 300 },
  );
});

it.each([0, 1, 999, 1_000, 1_001, 2_500])('%i purchases fit their parts', (purchases) => {
  const concert = sale(purchases);
  expect(plain(restore(concert, snapshotParts(concert)))).toEqual(plain(concert));
});

it('what customers call themselves comes back as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const concert = fold(emptyConcert('c1'), [scheduled(), reserved(name, 1)]);
      expect(plain(restore(concert, snapshotParts(concert)))).toEqual(plain(concert));
    }),
  );
});

describe('a snapshot is refused', () => {
  const concert = sale(1_500);
  const parts = [...snapshotParts(concert)];
  const damaged = (at: number, damage: (part: string) => string) =>
    parts.map((part, i) => (i === at ? damage(part) : part));

  it.each([
    ['without parts', []],
    ['without one of its parts', parts.slice(0, -1)],
    ['with its parts in another order', parts.toReversed()],
    ['cut off in the middle of a part', damaged(2, (part) => part.slice(0, 100))],
    ['of something else', damaged(1, () => '{"purchases":1000}')],
    ['with a purchase short', damaged(1, (part) => JSON.stringify(JSON.parse(part).slice(1)))],
    ['with a number where a name is', damaged(1, (part) => part.replace(/"[^"]+"/, '7'))],
    ['with a term missing', damaged(0, (part) => part.replace('"capacity"', '"capacities"'))],
    ['of another concert', damaged(0, (part) => part.replace('"c1"', '"c2"'))],
  ])('%s', (_, given) => {
    expect(() => restore(concert, given)).toThrow(SnapshotUnreadable);
  });

  it('of another revision', () => {
    expect(() => restore({ ...concert, revision: 7n }, parts)).toThrow(SnapshotUnreadable);
  });
});

/** When this fails, LAYOUT is to be raised: processes of two versions would read each other's snapshots. */
it('layout 1 is written as ever, and the fold makes the same of the same log as ever', () => {
  const concert = fold(emptyConcert('c1'), [
    ...[scheduled(), reserved('ann', 1), vip('ann', 1, 'VIP-1'), reserved('bob', 2)],
    cancelled('ann', [1], ['VIP-1']),
  ]);
  expect([...snapshotParts(concert)]).toEqual([
    '[{"concertId":"c1","status":"scheduled","name":"The Example","capacity":3,"vipSeats":1,"ticketsPerCustomer":1,"salesOpenAt":null,"salesCloseAt":null,"startsAt":null,"purchaseMode":null,"live":1,"lastTicketNumber":2,"lastVipSeat":1,"freedVipSeats":[1]},4,2,1]',
    '[["purchase-of-ann","ann","key-of-ann",2,0,1,"VIP-1"],["purchase-of-bob","bob","key-of-bob",3,1,2,null]]',
    '[["bob",1]]',
  ]);
});
