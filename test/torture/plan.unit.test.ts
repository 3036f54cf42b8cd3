import { expect, test } from 'vitest';
import { seededRandom } from '../../src/cli/demo/random.js';
import { customersOf, usualShape } from '../../torture/crowd/plan.js';
import { faultNamed, faults } from '../../torture/faults/index.js';
import { pairsOf } from '../../torture/faults/pairs.js';
import { slopeOf } from '../../torture/soak/samples.js';
import { planOf } from '../../torture/trial.js';

const options = { isShort: true };

test('a seed draws the same plan and the same customers each time', () => {
  const first = (seed: number) => {
    const customers = customersOf(seededRandom(seed), usualShape, { concerts: 2, processes: 3, holding: 1 });
    return Array.from({ length: 50 }, () => customers.next().value);
  };
  expect(planOf([faultNamed('F1')], 7, options)).toEqual(planOf([faultNamed('F1')], 7, options));
  expect(first(7)).toEqual(first(7));
  expect(first(7)).not.toEqual(first(8));
});

test('the seeds take the variants of a fault in turn', () => {
  for (const fault of faults) {
    const seen = fault.variants.map((_, i) => planOf([fault], i + 1, options).variants[0]?.name);
    expect(new Set(seen).size).toBe(fault.variants.length);
  }
  expect(faults.map(({ id }) => id)).toEqual(faults.map((_, i) => `F${i + 1}`));
});

test('several faults at once ask for what each of them needs', () => {
  const plan = planOf([faultNamed('F5'), faultNamed('F4')], 2, options);
  expect(plan.spec).toMatchObject({ fakeClocks: true, redisServers: 3, processes: 3 });
});

test('a seed draws the same pairs each time, none of them twice', () => {
  const pairs = pairsOf(1, 20);
  const names = (seed: number) => pairsOf(seed, 20).map(({ faults }) => faults.map(({ id }) => id).join('+'));
  expect(pairsOf(1, 20)).toEqual(pairs);
  expect(new Set(names(1)).size).toBe(20);
  expect(names(2)).not.toEqual(names(1));
  for (const { faults } of pairs) expect(faults[0]).not.toBe(faults[1]);
});

test('two customers with one key ask different processes', () => {
  const shape = { ...usualShape, rivals: 1, everywhere: 0 };
  const customers = customersOf(seededRandom(1), shape, { concerts: 2, processes: 3, holding: 1 });
  const [one, other] = [customers.next().value, customers.next().value];
  expect(other?.key).toBe(one?.key);
  expect(other?.customerId).not.toBe(one?.customerId);
  expect(other?.doors).not.toEqual(one?.doors);
});

test('the slope of a line is found, with an error that tells noise from growth', () => {
  const hour = 3_600_000;
  const points = (value: (i: number) => number) =>
    Array.from({ length: 600 }, (_, i) => [(i * hour) / 600, value(i)] as const);
  const line = slopeOf(points((i) => 100 + i / 10));
  expect(line.slope).toBeCloseTo(60, 6);
  expect(line.error).toBeCloseTo(0, 6);
  const noise = slopeOf(points((i) => 100 + Math.sin(i * 12.9898) * 5));
  expect(Math.abs(noise.slope)).toBeLessThan(3 * noise.error);
});
