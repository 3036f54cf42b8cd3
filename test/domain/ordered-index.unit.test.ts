import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type IndexEntry, OrderedIndex } from '../../src/domain/collections/ordered-index.js';

const entry = fc.record({
  order: fc.integer({ min: 0, max: 20 }),
  id: fc.integer({ min: 0, max: 9 }).map((n) => `id-${n}`),
  weight: fc.integer({ min: 1, max: 4 }),
});
const steps = fc.array(fc.tuple(fc.constantFrom('add', 'delete'), entry), { maxLength: 80 });

const isSame = (a: IndexEntry, b: IndexEntry): boolean => a.order === b.order && a.id === b.id;
const inOrder = (a: IndexEntry, b: IndexEntry): number => a.order - b.order || (a.id < b.id ? -1 : 1);
const plain = ({ order, id, weight }: IndexEntry): IndexEntry => ({ order, id, weight });
const maybe = (found: IndexEntry | undefined) => (found === undefined ? undefined : plain(found));

it('agrees with a sorted array, and older versions stay as they were', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 5 }), entry, (given, weight, place) => {
      let index = OrderedIndex.empty;
      let model: IndexEntry[] = [];
      const before: [OrderedIndex, IndexEntry[]][] = [];
      for (const [action, each] of given) {
        before.push([index, model]);
        const others = model.filter((other) => !isSame(other, each));
        if (action === 'delete') index = index.delete(each);
        else if (others.length === model.length) index = index.add(each);
        else continue;
        model = action === 'delete' ? others : [...model, each].sort(inOrder);
      }
      before.push([index, model]);
      for (const [version, entries] of before) {
        expect([...version].map(plain)).toEqual(entries);
        expect(version.size).toBe(entries.length);
        expect(maybe(version.first())).toEqual(entries[0]);
        expect(maybe(version.firstWithin(weight))).toEqual(entries.find((each) => each.weight <= weight));
        expect(version.countBefore(place)).toBe(
          entries.filter((each) => inOrder(each, place) < 0 && !isSame(each, place)).length,
        );
      }
    }),
  );
});

it('many are removed at once as one by one', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(entry, { comparator: isSame, maxLength: 60 }),
      fc.infiniteStream(fc.boolean()),
      (all, goes) => {
        const index = all.reduce((to, each) => to.add(each), OrderedIndex.empty);
        const some = all.filter(() => goes.next().value);
        const left = all.filter((each) => !some.includes(each)).sort(inOrder);
        const without = index.without(some);
        expect([...without].map(plain)).toEqual(left);
        expect(without.size).toBe(left.length);
        expect(maybe(without.firstWithin(2))).toEqual(left.find(({ weight }) => weight <= 2));
        expect([...index].map(plain)).toEqual([...all].sort(inOrder));
      },
    ),
  );
});

it('what is not in it can be removed, which gives the same index', () => {
  const index = OrderedIndex.empty.add({ order: 1, id: 'a', weight: 1 });
  expect(index.delete({ order: 2, id: 'a' })).toBe(index);
});

it('added in order, it stays shallow: a hundred thousand entries are added and taken from the front', () => {
  let index = OrderedIndex.empty;
  for (let i = 0; i < 100_000; i++) index = index.add({ order: i, id: `${i}`, weight: 1 });
  const taken: number[] = [];
  for (let first = index.first(); first !== undefined; first = index.first()) {
    taken.push(first.order);
    index = index.delete(first);
  }
  expect(taken).toEqual(Array.from({ length: 100_000 }, (_, i) => i));
});
