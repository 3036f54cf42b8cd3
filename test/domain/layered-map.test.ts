import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LayeredMap } from '../../src/domain/layered-map.js';

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const change = fc.record({ key, value: fc.option(fc.nat()) });

const inOrder = (entries: Iterable<[string, number]>) => [...entries].sort(([a], [b]) => (a < b ? -1 : 1));

function expectSame(map: LayeredMap<number>, model: ReadonlyMap<string, number>): void {
  expect(inOrder(map)).toEqual(inOrder(model));
  expect([...map.keys()].sort()).toEqual([...model.keys()].sort());
  expect([...map.values()].sort()).toEqual([...model.values()].sort());
  expect(map.size).toBe(model.size);
  for (const key of ['a', 'b', 'c', 'd', 'e']) {
    expect(map.get(key)).toBe(model.get(key));
    expect(map.has(key)).toBe(model.has(key));
  }
}

it('is a map, whatever it began with, and older ones stay as they were', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.nat())), fc.array(change), (began, changes) => {
      let model = new Map(began);
      let map = LayeredMap.over(new Map(began));
      const versions = [{ map, model }];
      for (const { key, value } of changes) {
        model = new Map(model);
        if (value === null) model.delete(key);
        else model.set(key, value);
        map = value === null ? map.delete(key) : map.set(key, value);
        versions.push({ map, model });
      }
      for (const { map, model } of versions) expectSame(map, model);
    }),
  );
});
