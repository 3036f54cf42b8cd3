import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LayeredMap } from '../../src/domain/collections/layered-map.js';
import { numberCodec } from '../../src/domain/collections/packed/number-codec.js';
import { expectEqual } from '../support/expect-equal.js';

const keys = ['a', 'b', 'c', 'd', '0b2f4c1e-8f0e-5d7c-9a53-0123456789ab', 'Çelik 🎵', '\ud800'];
const key = fc.constantFrom(...keys);
/** A number that a packed map cannot hold stays an object. */
const value = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constant(0.5));
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('change' as const), key, value: fc.option(value) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('compact' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), of: fc.subarray(keys) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('go back' as const), to: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('many' as const),
      entries: fc.array(fc.tuple(key, fc.option(value))),
    }),
  },
);

const inOrder = (entries: Iterable<[string, number]>) => [...entries].sort(([a], [b]) => (a < b ? -1 : 1));

function expectSame(map: LayeredMap<number>, model: ReadonlyMap<string, number>): void {
  expectEqual(inOrder(map), inOrder(model));
  expectEqual([...map.keys()].sort(), [...model.keys()].sort());
  expectEqual([...map.values()].sort(), [...model.values()].sort());
  expectEqual(map.size, model.size);
  for (const key of keys) {
    expectEqual(map.get(key), model.get(key));
    expectEqual(map.has(key), model.has(key));
  }
}

it('is a map, compacted or not, and older ones stay as they were, whichever is changed next', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 4 }), (steps, worth) => {
      let [map, model] = [LayeredMap.empty(numberCodec), new Map<string, number>()];
      const versions = [{ map, model }];
      const put = (key: string, value: number | null) => {
        if (value === null) model.delete(key);
        else model.set(key, value);
      };
      for (const step of steps) {
        model = new Map(model);
        if (step.do === 'compact') map = map.compacted(undefined, worth);
        else if (step.do === 'remove') {
          const present = step.of.filter((key) => model.has(key));
          map = map.withoutPresent(present, worth);
          for (const key of present) model.delete(key);
        } else if (step.do === 'go back')
          ({ map, model } = versions[step.to % versions.length] ?? { map, model });
        else if (step.do === 'many') {
          map = map.with(new Map(step.entries.map(([key, value]) => [key, value ?? undefined])));
          for (const [key, value] of new Map(step.entries)) put(key, value);
        } else {
          map = step.value === null ? map.delete(step.key) : map.set(step.key, step.value);
          put(step.key, step.value);
        }
        versions.push({ map, model });
      }
      for (const { map, model } of versions) expectSame(map, model);
    }),
    { numRuns: 150 },
  );
});

it('two that follow the same changes can be compacted in turn without a copy', () => {
  const change = fc.record({ key, value: fc.option(fc.nat()) });
  fc.assert(
    fc.property(fc.array(change), fc.array(change), fc.array(change), (first, second, third) => {
      const apply = (map: LayeredMap<number>, changes: typeof first) =>
        changes.reduce((to, { key, value }) => (value === null ? to.delete(key) : to.set(key, value)), map);
      const base = apply(LayeredMap.empty(numberCodec), first).compacted(undefined, 1);
      const former = apply(base, second).compacted(undefined, 1);
      const later = apply(apply(base, second), third);
      const model = new Map(later);
      expectSame(later.compacted(former, 1), model);
      expectSame(later, model);
      expectSame(former, new Map(apply(base, second)));
    }),
    { numRuns: 150 },
  );
});

it('thirty thousand entries, each changed and every third gone, are there as they should be', () => {
  let map = LayeredMap.empty(numberCodec);
  const count = 30_000;
  const batch = (from: number, valueAt: (i: number) => number | undefined) =>
    new Map(Array.from({ length: 1_000 }, (_, i) => [`key-${from + i}`, valueAt(from + i)]));
  for (let i = 0; i < count; i += 1_000) map = map.with(batch(i, (n) => n));
  const before = map;
  for (let round = 1; round <= 2; round++) {
    for (let i = 0; i < count; i += 1_000) {
      map = map.with(batch(i, (n) => (n % 3 === 0 ? undefined : n * round)));
    }
  }
  const entries = [...map];
  expect(entries.filter(([key, value]) => key !== `key-${value / 2}`)).toEqual([]);
  expect(entries.length).toBe(map.size);
  expect(map.size).toBe(count - Math.ceil(count / 3));
  expect(map.get('key-3')).toBeUndefined();
  expect(map.get('key-29999')).toBe(2 * 29_999);
  expect(before.size).toBe(count);
  expect([...before].every(([key, value]) => key === `key-${value}`)).toBe(true);
}, 30_000);
