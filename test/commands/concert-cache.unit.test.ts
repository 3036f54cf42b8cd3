import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ConcertCache } from '../../src/commands/state/concert-cache.js';
import { type Concert, emptyConcert, fold } from '../../src/domain/concert.js';
import { reserved, scheduled } from '../domain/concert-events.js';

const states = Array.from({ length: 31 }, (_, count) => {
  const sold = Array.from({ length: count }, (_, i) => reserved(`c${i}`, i + 1));
  return fold(emptyConcert(''), [scheduled({ capacity: 100 }), ...sold]);
});

const stateOf = (concertId: string, purchases: number): Concert => {
  const state = states[purchases];
  if (state === undefined) throw new RangeError(`no state of ${purchases} purchases`);
  return { ...state, concertId };
};

const sizeOf = ({ purchases }: Concert): number => purchases.size + 1;
const sizeOfAll = (concerts: readonly Concert[]): number =>
  concerts.reduce((sum, each) => sum + sizeOf(each), 0);

/** The most recently used first. */
class Model {
  concerts: Concert[] = [];
  constructor(readonly bound: number) {}

  use(concertId: string): Concert | undefined {
    const found = this.concerts.find((each) => each.concertId === concertId);
    if (found !== undefined) this.concerts = [found, ...this.concerts.filter((each) => each !== found)];
    return found;
  }

  keep(concert: Concert): void {
    this.concerts = [concert, ...this.concerts.filter((each) => each.concertId !== concert.concertId)];
    while (this.concerts.length > 1 && sizeOfAll(this.concerts) > this.bound) this.concerts.pop();
  }
}

const ids = fc.constantFrom('a', 'b', 'c', 'd');
const steps = fc.array(
  fc.oneof(fc.record({ get: ids }), fc.record({ set: ids, purchases: fc.integer({ min: 0, max: 30 }) })),
  { maxLength: 60 },
);

it('keeps what a list by time of use would keep: never more than the bound, unless one alone is more', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), steps, (bound, commands) => {
      const [cache, model] = [new ConcertCache(bound), new Model(bound)];
      for (const step of commands) {
        if ('get' in step) expect(cache.get(step.get)).toBe(model.use(step.get));
        else {
          const concert = stateOf(step.set, step.purchases);
          expect(cache.set(concert)).toBe(sizeOf(concert) <= bound);
          model.keep(concert);
        }
        const kept = [...cache.values()];
        expect(kept).toEqual(model.concerts);
        if (kept.length > 1) expect(sizeOfAll(kept)).toBeLessThanOrEqual(bound);
      }
    }),
  );
});
