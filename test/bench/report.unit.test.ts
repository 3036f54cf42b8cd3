import { describe, expect, it } from 'vitest';
import { emptyHistogram } from '../../bench/load/buyers.js';
import { charts } from '../../bench/report/charts.js';
import { toHtml } from '../../bench/report/html.js';
import { toMarkdown } from '../../bench/report/markdown.js';
import type { Report } from '../../bench/report/report.js';
import { aims, describeRatios, meets } from '../../bench/report/result.js';
import { summarise } from '../../bench/report/summarise.js';
import { forTerminal } from '../../bench/report/terminal.js';
import { paletteOf } from '../../bench/report/theme.js';
import { scenarioFor, scenarios } from '../../bench/scenarios/index.js';
import { nothingToCheck, type Verdict } from '../../bench/systems/defects.js';
import type { System } from '../../bench/systems/system.js';

const system = (name: string): System => ({
  name,
  processes: 1,
  url: '',
  pid: 0,
  schedule: () => Promise.reject(new Error('sells nothing')),
  stop: async () => {},
});

function slice(accepted: number, seconds: number) {
  const latency = emptyHistogram();
  for (let i = 1; i <= accepted; i++) latency.recordValue(i * 1_000);
  const counts = { accepted, refused: 0, queued: 0, unanswered: 0, lost: 0, dropped: 0 };
  const cpu = { service: accepted * 100, eventStore: 0, postgres: 0, redis: 0, load: 0 };
  const load = {
    counts,
    observations: [],
    seconds,
    accepted: latency,
    refused: emptyHistogram(),
    busy: 0.5,
    lateP99Ms: 1,
  };
  const rates = { accepted, acceptedPerSecond: accepted / seconds, refusedPerSecond: 0 };
  return { load, seconds, ...rates, cpu, cpuByProcess: new Map(), bottleneck: 'service' as const };
}

const honest: Verdict = {
  ...nothingToCheck,
  oversold: 0,
  duplicateTickets: 0,
  duplicateCustomers: 0,
  vipErrors: 0,
  lostAcknowledged: 0,
  soldButRefused: 0,
  unsettled: 0,
  arrivalInversions: 3,
};
const details = { capacity: 100 };
const series = { sold: [[0.5, 100]] as const, arrivals: [[1, 1]] as const };
const situation = { scenario: 'sale', inFlight: 64, details, series };

const report: Report = {
  startedAt: '2030-01-01T00:00:00.000Z',
  tookSeconds: 60,
  plan: 'tiny',
  command: 'npm run bench -- --tiny',
  seed: 1,
  commit: 'abc',
  environment: {
    node: 'v20',
    platform: 'linux',
    cpu: 'a & b',
    cores: 2,
    memoryGiB: 8,
    servers: {},
    stolen: 0,
    used: 1,
  },
  failures: [{ scenario: 'replay', problem: 'none < found' }],
  results: [
    summarise(system('batch'), situation, [slice(100, 1), slice(100, 2), slice(100, 4)], honest),
    summarise(system('unsafe'), situation, [slice(100, 1)], {
      ...honest,
      oversold: 7,
      broken: ['I1: 7 times'],
    }),
  ],
  ratios: { 'batch/noop': { median: 0.6, min: 0.5, max: 0.7, n: 5, cpu: null } },
};

const ratio = { median: 0.6, min: 0, max: 1, n: 5, cpu: null };

describe('the report', () => {
  it('has what report.json promises for every result', () => {
    expect(JSON.parse(JSON.stringify(report.results[0]))).toMatchObject({
      scenario: 'sale',
      mode: 'batch',
      processes: 1,
      inFlight: 64,
      accepted: 300,
      acceptedPerSecond: 50,
      refusedPerSecond: 0,
      p50Ms: expect.closeTo(50, 0),
      p99Ms: expect.closeTo(99, 0),
      oversold: 0,
      duplicateTickets: 0,
      duplicateCustomers: 0,
      vipErrors: 0,
      lostAcknowledged: 0,
      soldButRefused: 0,
      unsettled: 0,
      arrivalInversions: 3,
      cpuMicrosPerAccepted: { service: 100, eventStore: 0, postgres: 0, redis: 0, load: 0 },
    });
  });

  it('holds ratios against their aims', () => {
    expect(meets('batch/noop', ratio)).toBe(true);
    expect(meets('batch/pg-for-update', ratio)).toBe(false);
    expect(meets('p99/p50', { ...ratio, median: 11 })).toBe(false);
    expect(meets('batch/bare-http', ratio)).toBeNull();
  });

  it('holds the worst against the aim where one bad time is enough', () => {
    expect(meets('fail-over: kill -9', { ...ratio, median: 1, max: 4 })).toBe(true);
    expect(meets('fail-over: kill -9', { ...ratio, median: 1, max: 4.1 })).toBe(false);
    expect(meets('rolling', { ...ratio, median: 1, max: 1 })).toBe(false);
  });

  it('says what a figure is for, in each situation in which it was measured', () => {
    const described = describeRatios({
      'scale-out/cpu: batch, 8 processes, 64 in flight': { ...ratio, median: 2 },
      'scale-out/cpu: batch, 4 processes, 64 in flight': { ...ratio, median: 2 },
      'owner/share: batch, 4 processes, 64 in flight': { ...ratio, median: 80 },
      'batch/noop': ratio,
    });
    expect(described.map(({ aim, situation, wanted, met }) => [aim, situation, wanted, met])).toEqual([
      ['batch/noop', '', '≥ 0.5', true],
      ['scale-out/cpu', 'batch, 8 processes, 64 in flight', '', null],
      ['scale-out/cpu', 'batch, 4 processes, 64 in flight', '≤ 1.3', false],
      ['owner/share', 'batch, 4 processes, 64 in flight', '≤ 100', true],
    ]);
    expect(described.at(-1)?.meaning).toBe('its core is full at 12,500 sales/s');
  });

  it('has a scenario for every key', () => {
    expect(Object.keys(aims).filter((key) => !((scenarioFor(key) ?? '') in scenarios))).toEqual([]);
    expect(scenarioFor('nonsense')).toBeUndefined();
  });

  it('strikes through what broke an invariant, wherever it is shown', () => {
    expect(toHtml(report)).toContain('<tr class="broken"><td>sale</td><td class="name">unsafe</td>');
    expect(toHtml(report)).not.toContain('<tr class="broken"><td>sale</td><td class="name">batch</td>');
    expect(toMarkdown(report, 'charts')).toMatch(/\| unsafe \|.*~~100~~.*oversold 7/);
    expect(toMarkdown(report, 'charts')).not.toMatch(/\| batch \|.*~~/);
    expect(forTerminal(report, false)).toMatch(/~~unsafe.*~~/);
  });

  it('is one page that needs nothing else, with its text escaped', () => {
    const html = toHtml(report);
    expect(html).toContain('a &amp; b');
    expect(html).toContain('replay did not come to its end: none &lt; found');
    expect(html).not.toMatch(/<script|<link|src=|https?:\/\/(?!www\.w3\.org)/);
  });

  it('draws several processes beside one', () => {
    const key = 'scale-out/sales: batch, 4 processes, 64 in flight';
    const drawn = charts
      .find(({ id }) => id === 'scale-out')
      ?.draw({ ...report, ratios: { [key]: ratio } }, paletteOf('light'), 880);
    expect(drawn).toContain('batch, 64 in flight');
  });

  it('draws a chart of what there is, and none of what there is not', () => {
    const drawn = charts.filter(({ draw }) => draw(report, paletteOf('dark'), 340) !== null);
    expect(drawn.map(({ id }) => id)).toEqual(['sold', 'arrivals', 'defects']);
  });
});
