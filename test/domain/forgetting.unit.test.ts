import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ConcertLog } from '../../src/commands/state/concert-log.js';
import {
  type Concert,
  compacted,
  emptyConcert,
  evolve,
  fold,
  mayHaveForgotten,
  purchasesMade,
} from '../../src/domain/concert.js';
import { cancelPurchase } from '../../src/domain/concert-commands.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { due } from '../../src/domain/holds/due.js';
import { purchaseTickets } from '../../src/domain/purchase.js';
import { EventStore } from '../../src/event-store/event-store.js';
import { expectEqual } from '../support/expect-equal.js';
import { NOW } from '../support/scenario.js';
import { cancelled, purchaseBy, reserved, scheduled } from './concert-events.js';
import { ended, held, inOneAppend, withHolds } from './hold-events.js';
import { decide, step as holdStep, scheduledWithHolds, start, text } from './random-holds.js';

/** Reads from a list of events. */
class ListStore extends EventStore {
  readonly events: ConcertEvent[] = [];
  constructor() {
    super({
      connectionString: 'esdb://127.0.0.1:9?tls=false',
      namespace: '',
      append: { attemptMs: 1, totalMs: 1 },
      readPatienceMs: 0,
    });
  }
  override async *read(concertId: string, from: bigint, count = this.events.length) {
    yield this.events.slice(Number(from), Number(from) + count).map((event, i) => ({
      ...{ id: 'an event', concertId, type: event.type, revision: from + BigInt(i), position: null },
      ...{ recordedAt: new Date(0), decoded: { ok: true, event } as const, data: event.data, metadata: {} },
    }));
  }
}

const step = fc.record({
  cancel: fc.boolean(),
  customer: fc.constantFrom('ann', 'bob', 'cem'),
  key: fc.integer({ min: 1, max: 12 }).map((n) => `key-${n}`),
  quantity: fc.integer({ min: 1, max: 3 }),
});

it('who has forgotten and asks the log answers as who remembers everything', async () => {
  const store = new ListStore();
  const log = new ConcertLog(store);
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 40, maxLength: 160 }),
      fc.integer({ min: 1, max: 3 }),
      async (steps, kept) => {
        const terms = scheduled({ capacity: 6, vipSeats: 4, ticketsPerCustomer: 4 });
        store.events.splice(0, Number.POSITIVE_INFINITY, terms);
        let forgetful: Concert = fold(emptyConcert('c1', kept), [terms]);
        let full: Concert = fold(emptyConcert('c1', 1_000), [terms]);
        for (const { cancel, customer, key, quantity } of steps) {
          const command = purchaseBy(customer, { purchaseId: key, idempotencyKey: key, quantity });
          const found = forgetful.purchases.get(key) ?? (await log.recall(forgetful, key));
          expectEqual(found, full.purchases.get(key));
          if (!forgetful.purchases.has(key) && found !== undefined)
            expectEqual(mayHaveForgotten(forgetful, key), true);
          const [result, events] = cancel
            ? cancelPurchase(key, forgetful, NOW, found)
            : purchaseTickets(command, forgetful, NOW, found);
          const expected = cancel ? cancelPurchase(key, full, NOW) : purchaseTickets(command, full, NOW);
          expectEqual([result, events], expected);
          store.events.push(...events);
          for (const event of events) {
            forgetful = evolve(forgetful, event);
            full = evolve(full, event);
          }
          expectEqual(purchasesMade(forgetful), full.purchases.size);
          if (forgetful.forgotten.kept.size > kept) expect.fail('too many are remembered');
        }
      },
    ),
    { numRuns: 50 },
  );
  await store.close();
}, 30_000);

it('so it is with holds that ended, and with places that were left', async () => {
  const store = new ListStore();
  const log = new ConcertLog(store);
  await fc.assert(
    fc.asyncProperty(
      fc.array(holdStep, { minLength: 40, maxLength: 100 }),
      fc.integer({ min: 1, max: 2 }),
      async (steps, kept) => {
        const terms = scheduledWithHolds(4, 2, 3);
        store.events.splice(0, Number.POSITIVE_INFINITY, terms);
        let forgetful = fold(emptyConcert('c1', kept), [terms]);
        let full = fold(emptyConcert('c1', 1_000), [terms]);
        let time = start;
        const append = (events: readonly ConcertEvent[]) => {
          store.events.push(...events);
          forgetful = fold(forgetful, events);
          full = fold(full, events);
        };
        for (const { what, ms, lag } of steps) {
          time += ms;
          // As `decideAndAppend` does: what a due expiry has forgotten is recalled before the next append.
          const overdue = due(forgetful, text(time));
          expectEqual(overdue.events, due(full, text(time)).events);
          append(overdue.events);
          const id = 'id' in what ? what.id : '';
          const known = forgetful.purchases.get(id) ?? forgetful.holds.get(id);
          const found = known ?? (await log.recall(forgetful, id));
          expectEqual(found, full.purchases.get(id) ?? full.holds.get(id));
          const decided = inOneAppend(decide(what, text(time - lag), found))(forgetful, text(time));
          expectEqual(decided, inOneAppend(decide(what, text(time - lag)))(full, text(time)));
          append(decided[1]);
          expectEqual(purchasesMade(forgetful), full.purchases.size);
          if (forgetful.forgotten.kept.size > kept) expect.fail('too many are remembered');
        }
      },
    ),
    { numRuns: 40 },
  );
  await store.close();
}, 30_000);

/** Ended purchases and holds that are kept, and how many there are of them in the end. */
const [kept, cycles] = [256, 3_000];

it('many holds, each of which expires, leave a small state that knows where each is', () => {
  let concert = fold(emptyConcert('c1', kept), [withHolds({ capacity: 1 })]);
  for (let i = 1; i <= cycles; i++) {
    concert = compacted(fold(concert, [held(`c${i}`), ended('HoldsExpired', `c${i}`)]));
  }
  expect(concert.holds.all.size).toBeLessThan(kept + kept / 8);
  expect([concert.holds.expiries.size, concert.holdings.size, concert.holds.held]).toEqual([0, 0, 0]);
  expect([concert.forgotten.count, purchasesMade(concert)]).toEqual([concert.forgotten.holds, 0]);
  for (let i = 1; i <= cycles; i++) {
    const isKept = concert.holds.has(`hold-of-c${i}`);
    const places = concert.forgotten.placesOf(`hold-of-c${i}`);
    const place = { began: BigInt(2 * i - 1), ended: BigInt(2 * i) };
    if (!isKept && !places.some((each) => isDeepStrictEqual(each, place)))
      expect(places).toContainEqual(place);
  }
});

it('many purchases of one seat, each cancelled, leave a small state that knows where each is', () => {
  let concert = fold(emptyConcert('c1', kept), [scheduled({ capacity: 1, vipSeats: 0 })]);
  for (let i = 1; i <= cycles; i++) {
    concert = compacted(fold(concert, [reserved(`c${i}`, i), cancelled(`c${i}`, [i])]));
  }
  expect(concert.purchases.size).toBeLessThan(kept + kept / 8);
  expect(concert.holdings.size).toBe(0);
  expect(purchasesMade(concert)).toBe(cycles);
  for (let i = 1; i <= cycles; i++) {
    const places = concert.forgotten.placesOf(`purchase-of-c${i}`);
    const isHeld = concert.purchases.has(`purchase-of-c${i}`);
    const place = { began: BigInt(2 * i - 1), ended: BigInt(2 * i) };
    if (!isHeld && !places.some((each) => isDeepStrictEqual(each, place)))
      expect(places).toContainEqual(place);
  }
  const mistaken = Array.from({ length: 10_000 }, (_, i) => mayHaveForgotten(concert, `new ${i}`));
  expect(mistaken.filter(Boolean).length).toBeLessThan(5);
});
