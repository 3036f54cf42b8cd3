import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TimedObservation } from '../../bench/load/protocol.js';
import { cpuBetween, cpuPer } from '../../bench/measure/cpu.js';
import { poissonArrivals } from '../../bench/measure/random.js';
import { bottleneckOf, busiestProcess } from '../../bench/measure/slice.js';
import { interleave, spreadOf } from '../../bench/measure/spread.js';
import { ratesOfParts } from '../../bench/scenarios/fill.js';
import { firstAcceptances } from '../../bench/scenarios/sale.js';

const idle = { service: 0, eventStore: 0, postgres: 0, redis: 0, load: 0 };

describe('the statistics of the bench', () => {
  it('give the median between the two in the middle, and the ends', () => {
    expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4, n: 4 });
    expect(spreadOf([5])).toEqual({ median: 5, min: 5, max: 5, n: 1 });
  });

  it('keep the median between the ends, in whatever order figures come', () => {
    // Without -0, which is in no order with 0.
    const figure = fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map((value) => value + 0);
    const figures = fc.array(figure, { minLength: 1 });
    fc.assert(
      fc.property(figures, (values) => {
        const { median, min, max, n } = spreadOf(values);
        expect(min <= median && median <= max && n === values.length).toBe(true);
        expect(spreadOf(values.toReversed())).toEqual({ median, min, max, n });
      }),
    );
  });

  it('take slices in turn, the first one changing', async () => {
    const taken: string[] = [];
    const take = (name: string) => async () => taken.push(name);
    await interleave(3, take('a'), take('b'));
    expect(taken).toEqual(['a', 'b', 'b', 'a', 'a', 'b']);
  });

  it('draw the same arrivals from the same seed, ascending, at about the rate', () => {
    const arrivals = poissonArrivals(7, 1_000, 10_000);
    expect(poissonArrivals(7, 1_000, 10_000)).toEqual(arrivals);
    expect(poissonArrivals(8, 1_000, 10_000)).not.toEqual(arrivals);
    expect(arrivals).toEqual(arrivals.toSorted());
    expect(Math.abs(arrivals.length - 10_000)).toBeLessThan(500); // Five standard deviations.
  });

  it('do not make up CPU time that is not known', () => {
    const before = { ...idle, postgres: null };
    const used = cpuBetween(before, { ...idle, service: 900, postgres: 5 });
    expect(cpuPer(used, 3)).toEqual({ ...idle, service: 300, postgres: null });
    expect(cpuPer(used, 0).service).toBeNull();
  });

  it('find the busiest of the processes that answer requests', () => {
    const cpuByProcess = new Map([
      [1, 900],
      [2, 300],
      [3, 400],
    ]);
    expect(busiestProcess({ cpuByProcess }, { pid: 1, processes: 2 })).toEqual({ pid: 3, micros: 400 });
    expect(busiestProcess({ cpuByProcess }, { pid: 1, processes: 1 })?.micros).toBe(900);
    expect(busiestProcess({ cpuByProcess: new Map() }, { pid: 1, processes: 1 })).toBeNull();
  });

  it('say who was in the way', () => {
    expect(bottleneckOf(0.99, { ...idle, service: 500_000 }, 1, 1)).toBe('load');
    expect(bottleneckOf(0.99, { ...idle, service: 950_000 }, 1, 1)).toBe('service');
    expect(bottleneckOf(0.5, { ...idle, service: 950_000 }, 1, 4)).not.toBe('service');
    expect(bottleneckOf(0.1, idle, 1, 1)).toBe('waiting');
  });

  it('count a purchase once however often it was acknowledged, at the first time', () => {
    const observations = (key: string, endedAt: number, kind: 'accepted' | 'none'): TimedObservation => ({
      key,
      customerId: key,
      concert: 0,
      sentAt: 1_000,
      endedAt,
      answer: kind === 'none' ? { kind } : { kind, purchaseId: key, ticketNumbers: [1], revision: 1n },
    });
    const all = [
      observations('a', 3_000, 'accepted'),
      observations('a', 2_000, 'accepted'),
      observations('b', 2_500, 'none'),
    ];
    expect(firstAcceptances(all)).toEqual([1]);
  });

  it('see a sale that slows down', () => {
    const sales = Array.from({ length: 100 }, (_, i) => (i < 90 ? (i + 1) / 100 : 0.9 + (i - 89) / 10));
    const rates = ratesOfParts(sales, 10);
    expect(rates[0]).toBeCloseTo(100);
    expect(rates[9]).toBeCloseTo(10);
  });
});
