import { describe, expect, it } from 'vitest';
import { fitCost, type Parameters } from '../../bench/scaling/parameters.js';
import { simulateSale } from '../../bench/scaling/sale-model.js';
import type { Policy, Setting } from '../../bench/scaling/setting.js';
import { Machine, Process, Simulation } from '../../bench/scaling/simulation.js';

describe('the simulation', () => {
  it('lets events happen in the order of their times, and of their scheduling', () => {
    const simulation = new Simulation();
    const seen: string[] = [];
    for (const [name, at] of [
      ['c', 30],
      ['a', 10],
      ['b', 10],
      ['d', 40],
    ] as const) {
      simulation.after(at, () => seen.push(`${name} ${simulation.now}`));
    }
    simulation.run(30);
    expect(seen).toEqual(['a 10', 'b 10', 'c 30']);
  });

  it('shares a core between processes, and runs the jobs of each in turn', () => {
    const simulation = new Simulation();
    const machine = new Machine(simulation, 1);
    const [one, two] = [new Process(machine, 'one'), new Process(machine, 'two', 2)];
    const ends: string[] = [];
    const run = (process: Process, micros: number) =>
      process.run(micros, () => ends.push(`${process.name} ${simulation.now}`));
    for (const micros of [10, 10]) run(one, micros);
    for (const micros of [5, 5, 5]) run(two, micros);
    simulation.run(1_000);
    expect(ends).toHaveLength(5);
    expect(ends.at(0)).toBe('one 10');
    expect(simulation.now).toBe(35);
    expect([one.usedMicros, two.usedMicros]).toEqual([20, 15]);
  });

  it('gives a slower core more time for the same work', () => {
    const simulation = new Simulation();
    new Process(new Machine(simulation, 2, 0.5), 'one').run(10);
    simulation.run(1_000);
    expect(simulation.now).toBe(20);
  });
});

const parameters: Parameters = {
  ...{ measuredAt: '', commit: '', cpu: '', cores: 2, loadAverage: [0, 0], runs: [] },
  ...{
    asked: 140,
    owner: { perSale: 90, perAppend: 200 },
    own: { perSale: 150, perAppend: 200 },
    project: 20,
  },
  ...{ eventStore: { perSale: 30, perAppend: 300 }, postgres: { perSale: 40, perAppend: 100 } },
  ...{ redis: { perSale: 5, perAppend: 10 }, handOver: 20 },
  ...{ refusal: { service: 120, redis: 1 } },
  ...{ load: 50, appendMicros: 1_000 },
};

const setting = (policy: Policy, processes: number, inFlight = 32): Setting => ({
  ...{ policy, processes, cores: 2, speed: 1, networkMicros: 0, tickets: Number.POSITIVE_INFINITY },
  buyers: { kind: 'closed', inFlight, micros: 2_000_000 },
});

describe('a simulated sale', () => {
  it('is the same for the same parameters', () => {
    const sale = () => simulateSale(parameters, setting('direct', 4));
    expect(sale()).toEqual(sale());
  });

  it('uses no more CPU time than the cores have, and what the parameters say for each sale', () => {
    const { sold, appends, used } = simulateSale(parameters, setting('direct', 1));
    const all = [...used.values()].reduce((sum, micros) => sum + micros, 0);
    expect(all).toBeLessThanOrEqual(4_010_000);
    expect((used.get('event store') ?? 0) / (30 * sold + 300 * appends)).toBeCloseTo(1, 1);
    expect((used.get('api 1') ?? 0) / (170 * sold + 200 * appends)).toBeCloseTo(1, 1);
  });

  it('shares an append between more sales when more buyers wait', () => {
    const batchOf = (inFlight: number) => {
      const { sold, appends } = simulateSale(parameters, setting('direct', 1, inFlight));
      return sold / appends;
    };
    expect(batchOf(1)).toBeCloseTo(1);
    expect(batchOf(64)).toBeGreaterThan(batchOf(16));
  });

  it('takes a hand-over for each purchase that goes through the line', () => {
    const cpuOf = (policy: Policy) => {
      const { sold, used } = simulateSale(parameters, setting(policy, 1));
      return (used.get('api 1') ?? 0) / sold;
    };
    expect(cpuOf('line') - cpuOf('direct')).toBeGreaterThan(70);
  });

  it.each(['direct', 'line'] as const)('%s: sells what there is and refuses the rest', (policy) => {
    const arrivals = Array.from({ length: 500 }, (_, i) => i * 400);
    const open = { ...setting(policy, 3), tickets: 200, buyers: { kind: 'open', arrivals } } as const;
    const { sold, latencies } = simulateSale(parameters, open);
    expect(sold).toBe(200);
    expect(latencies.length).toBeLessThanOrEqual(200);
  });
});

describe('the costs', () => {
  it('are told apart from runs with batches of several sizes', () => {
    const runs = [1, 4, 20, 60].map((batch) => ({ batch, micros: 150 + 900 / batch }));
    expect(fitCost(runs).perSale).toBeCloseTo(150);
    expect(fitCost(runs).perAppend).toBeCloseTo(900);
  });

  it('are never negative', () => {
    expect(
      fitCost([
        { batch: 1, micros: 100 },
        { batch: 10, micros: 300 },
      ]).perAppend,
    ).toBe(0);
  });
});
