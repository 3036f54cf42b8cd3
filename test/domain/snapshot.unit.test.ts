import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../fuzz/any-text.js';
import { type Concert, emptyConcert, fold } from '../../src/domain/concert.js';
import { cancelPurchase } from '../../src/domain/concert-commands.js';
import { purchaseIdOf } from '../../src/domain/ids.js';
import {
  canFollow,
  canSaveIncrementally,
  RestoredConcert,
  SnapshotUnreadable,
  snapshotParts,
} from '../../src/domain/state/snapshot/snapshot.js';
import { type Step, steps, toLog } from '../projections/random-log.js';
import { saleOf } from '../projections/sale.js';
import { expectEqual } from '../support/expect-equal.js';
import { NOW } from '../support/scenario.js';
import { cancelled, reserved, scheduled, vip } from './concert-events.js';
import { confirmed, ended, held, joined, left, withHolds } from './hold-events.js';
import { holdLog } from './random-holds.js';

function restore(concert: Concert, parts: Iterable<string>): Concert {
  const restored = new RestoredConcert();
  for (const part of parts) restored.add(part);
  return restored.finish(concert);
}

/** Of a state, or of what has changed since `base`. */
const partsOf = (concert: Concert, base?: Concert): string[] =>
  [...snapshotParts(concert, base?.revision)].filter((part) => part !== null);

/** The parts of the states one after the other, each but the first with what has changed alone, under the last one's terms. */
function partsOfAll(states: readonly Concert[]): string[] {
  let base: Concert | undefined;
  let [terms, changes]: [string[], string[]] = [[], []];
  for (const state of states) {
    const follows = base !== undefined && canFollow(state, base.revision);
    const [head = '', ...more] = partsOf(state, follows ? base : undefined);
    [terms, changes] = [[head], follows ? [...changes, ...more] : more];
    base = state;
  }
  return [...terms, ...changes];
}

const plain = (concert: Concert) => ({
  ...concert,
  holds: {
    ...{ all: new Map(concert.holds.all), awaited: new Map(concert.holds.awaited), held: concert.holds.held },
    ...{ expiries: placesIn(concert.holds.expiries), waitingList: placesIn(concert.holds.waitingList) },
  },
  purchases: new Map(concert.purchases),
  holdings: new Map(concert.holdings),
  forgotten: JSON.stringify(concert.forgotten),
});

const placesIn = (index: Iterable<{ order: number; id: string; weight: number }>) =>
  [...index].map(({ order, id, weight }) => [order, id, weight]);

const sale = (purchases: number): Concert => fold(emptyConcert('c1'), saleOf('c1', purchases));

/** Each concert's events, and its states after the first ones, at moments that are drawn from `cuts` and at the end. */
function histories(commands: readonly Step[], cuts: readonly number[], kept: number) {
  const { concerts, events: all } = toLog(commands);
  return [...concerts.keys()].map((concertId) => {
    const events = all.flatMap(({ event: { decoded, ...of } }) =>
      decoded.ok && of.concertId === concertId ? [decoded.event] : [],
    );
    const moments = cuts.map((cut) => cut % (events.length + 1)).sort((a, b) => a - b);
    const states = [...moments, events.length].map((moment) =>
      fold(emptyConcert(concertId, kept), events.slice(0, moment)),
    );
    return { events, states };
  });
}

/** So few that the short histories here forget some, or as many as ever. */
const kept = fc.constantFrom(1, 2, 4_096);

it('every state comes back the same from what was written at several moments before, and folds on the same', () => {
  fc.assert(
    fc.property(steps(0), fc.array(fc.nat(), { maxLength: 4 }), kept, (commands, cuts, keptCancelled) => {
      for (const { events, states } of histories(commands, cuts, keptCancelled)) {
        for (const [i, concert] of states.entries()) {
          const restored = restore(concert, partsOfAll(states.slice(0, i + 1)));
          expectEqual(plain(restored), plain(concert));
          const rest = events.slice(Number(concert.revision) + 1);
          expectEqual(plain(fold(restored, rest)), plain(fold(concert, rest)));
        }
      }
    }),
    { numRuns: 40 },
  );
});

it('so does every state of a concert with holds and a waiting list', () => {
  fc.assert(
    fc.property(holdLog, fc.array(fc.nat(), { maxLength: 4 }), kept, (events, cuts, keptEnded) => {
      const moments = cuts.map((cut) => cut % (events.length + 1)).sort((a, b) => a - b);
      const states = [...moments, events.length].map((moment) =>
        fold(emptyConcert('c1', keptEnded), events.slice(0, moment)),
      );
      for (const [i, concert] of states.entries()) {
        const restored = restore(concert, partsOfAll(states.slice(0, i + 1)));
        expectEqual(plain(restored), plain(concert));
        const rest = events.slice(Number(concert.revision) + 1);
        expectEqual(plain(fold(restored, rest)), plain(fold(concert, rest)));
      }
    }),
    { numRuns: 40 },
  );
});

it.each([1, 1_000, 1_001])('%i open holds fit their parts', (count) => {
  const holds = Array.from({ length: count }, (_, i) => held(`c${i}`));
  const concert = fold(emptyConcert('c1'), [withHolds({ capacity: count }), ...holds]);
  expectEqual(plain(restore(concert, partsOf(concert))), plain(concert));
});

it('so does a state that mode unsafe has left, unless customers share a purchase', () => {
  fc.assert(
    fc.property(steps(3), fc.array(fc.nat(), { maxLength: 4 }), kept, (commands, cuts, keptCancelled) => {
      for (const { states } of histories(commands, cuts, keptCancelled)) {
        const concert = states.at(-1) ?? emptyConcert('');
        fc.pre(states.every(canSaveIncrementally));
        expectEqual(plain(restore(concert, partsOfAll(states))), plain(concert));
      }
    }),
    { numRuns: 50 },
  );
});

it('what has not changed is not written again, and gives others a turn', () => {
  const before = sale(4_500);
  const after = fold(before, cancelPurchase(purchaseIdOf('c1', 'key-7'), before, NOW)[1]);
  const parts = [...snapshotParts(after, before.revision)];
  expect(parts.filter((part) => part !== null)).toHaveLength(2);
  expect(parts.filter((part) => part === null)).toHaveLength(2);
});

it.each([0, 1, 1_000, 2_001])('%i purchases fit their parts', (purchases) => {
  const concert = sale(purchases);
  expectEqual(plain(restore(concert, partsOf(concert))), plain(concert));
});

it('what customers call themselves comes back as it was', () => {
  fc.assert(
    fc.property(anyText(), (name) => {
      const concert = fold(emptyConcert('c1'), [scheduled(), reserved(name, 1)]);
      expectEqual(plain(restore(concert, partsOf(concert))), plain(concert));
    }),
  );
});

describe('a snapshot is refused', () => {
  const concert = sale(1_500);
  const parts = partsOf(concert);
  const damaged = (at: number, damage: (part: string) => string) =>
    parts.map((part, i) => (i === at ? damage(part) : part));

  it.each([
    ['without parts', []],
    ['without one of its parts', parts.slice(0, -1)],
    ['with its parts in another order', parts.toReversed()],
    ['cut off in the middle of a part', damaged(2, (part) => part.slice(0, 100))],
    ['of something else', damaged(1, () => '{"purchases":1000}')],
    ['with a holding too many', damaged(1, (part) => JSON.stringify([JSON.parse(part)[0], [['eve', 1]]]))],
    ['of nothing that is known', damaged(1, () => '[]')],
    [
      'with a purchase short',
      damaged(1, (part) => JSON.stringify([JSON.parse(part)[0].slice(1), JSON.parse(part)[1]])),
    ],
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
it('layout 5 is written as ever, and the fold makes the same of the same log as ever', () => {
  const concert = fold(emptyConcert('c1'), [
    ...[withHolds({ vipSeats: 1 }), reserved('ann', 1), vip('ann', 1, 'VIP-1'), held('bob'), held('cem')],
    ...[
      cancelled('ann', [1], ['VIP-1']),
      ended('HoldsExpired', 'cem'),
      joined('dan'),
      left('dan'),
      joined('eve'),
    ],
    ...[
      confirmed('bob', 'payment-1'),
      reserved('bob', 2, { purchaseId: 'hold-of-bob' }),
      held('fay', { seats: ['VIP-1'] }),
    ],
  ]);
  expect(partsOf(concert)).toEqual([
    '[{"concertId":"c1","status":"scheduled","name":"The Example","capacity":3,"vipSeats":1,"ticketsPerCustomer":1,"salesOpenAt":null,"salesCloseAt":null,"startsAt":null,"purchaseMode":null,"holdSeconds":600,"waitingList":true,"offerSeconds":60,"live":1,"lastTicketNumber":2,"lastVipSeat":1,"freedVipSeats":[],"sharedPurchases":false,"lastEventAt":"2026-03-01T10:00:00.000Z"},12,[2,4,2],[4096,0,0,-1]]',
    '[[["purchase-of-ann","ann","key-of-ann",2,5,null,1,"VIP-1"],["hold-of-bob","bob","key-of-bob",11,0,"payment-1",2,null]],[]]',
    '[[],[],[["hold-of-cem","cem","key-of-cem",4,6,0,2,1,"2026-03-01T10:00:00.000Z","2026-03-01T10:00:00.000Z",0],["hold-of-dan","dan","key-of-dan",7,8,1,4,1,"2026-03-01T10:00:00.000Z","2026-03-01T10:00:00.000Z",0],["hold-of-eve","eve","key-of-eve",9,9,1,0,1,"2026-03-01T10:00:00.000Z","2026-03-01T10:00:00.000Z",0],["hold-of-fay","fay","key-of-fay",12,12,0,1,1,"2026-03-01T10:00:00.000Z","2026-03-01T10:10:00.000Z",0,"VIP-1"]]]',
  ]);
});
