import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { request } from 'undici';
import type { Bench } from '../bench.js';
import { builtFile } from '../built-file.js';
import { Viewers } from '../load/viewers.js';
import { cpuPerUnit } from '../measure/slice.js';
import { inTurn } from '../measure/spread.js';
import type { RatioKey } from '../report/result.js';
import { credentials, guarded } from './access.js';
import { type OnSale, putOnSale, takeSliceOf } from './baselines.js';

const inFlight = 64;
const watching = 1_000;
/** As often as deploy/prometheus/prometheus.yml has it. */
const scrapeEveryMs = 5_000;
const withoutMetrics = pathToFileURL(builtFile('bench/load/without-metrics.js')).href;
const noLimits = {
  TRUSTED_PROXIES: '',
  RATE_LIMIT_CUSTOMER: 'none',
  RATE_LIMIT_ADDRESS: 'none',
  RATE_LIMIT_PURCHASES: 'none',
};

/** Services that do more and more of what the public meets, and the settings that make them. The last one is watched. */
const steps = {
  bare: { NODE_OPTIONS: `--import ${withoutMetrics}` },
  metrics: {},
  'metrics and tokens': { ...guarded, ...noLimits },
  'metrics, tokens and limits': guarded,
  whole: guarded,
} as const;
type Step = keyof typeof steps;

/**
 * Sales of a service as the public meets it (tokens are checked, requests counted, a thousand viewers watch, metrics are kept and
 * scraped), in turn with sales of one that does none of it, and in a full run with those in between. By CPU time: the viewers
 * themselves share the machine. Buyers send the same to all of them.
 */
export async function whole(bench: Bench): Promise<void> {
  const names: Step[] = bench.plan.allPeers ? (Object.keys(steps) as Step[]) : ['bare', 'whole'];
  const services = new Map<Step, OnSale>();
  for (const name of names) {
    const service = await bench.startService('batch', 1, { variables: steps[name], credentials });
    services.set(name, await putOnSale(bench, service));
  }
  const end = await watchAndScrape(services.get('whole'));
  const take = (onSale: OnSale) => () => takeSliceOf(bench, onSale, inFlight);
  const rounds = await inTurn(bench.plan.rounds, [...services.values()].map(take));
  await end();
  const perSale = rounds.map((slices) => slices.map((slice) => cpuPerUnit(slice, slice.accepted)));
  for (const [index, name] of names.entries()) {
    if (name === 'bare') continue;
    const key: RatioKey = name === 'whole' ? 'bare/whole' : `bare/whole: with ${name} alone`;
    const ratios = perSale.map(([bare = Number.NaN, ...more]) => bare / (more[index - 1] ?? Number.NaN));
    bench.ratio(key, ratios.filter(Number.isFinite));
  }
  for (const [what, { system, slices }] of services) {
    // Not judged: the keys of guarded purchases are their customers' own, and not those that buyers know.
    await bench.file(system, { scenario: 'whole', inFlight, details: { what } }, slices, []);
    await system.stop();
  }
}

/** @returns a function that ends both */
async function watchAndScrape(onSale: OnSale | undefined): Promise<() => Promise<void>> {
  if (onSale === undefined) throw new TypeError('nothing to watch');
  const { system, sale } = onSale;
  const crowd = await Viewers.start(system.url, sale.path.replace(/\/purchases$/, ''), watching);
  const ended = new AbortController();
  const scraping = scrape(system.url, ended.signal);
  scraping.catch(() => {}); // Told at the end, which awaits it.
  return async () => {
    ended.abort();
    await Promise.all([crowd.stop(), scraping]);
  };
}

async function scrape(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await (await request(`${url}/metrics`)).body.dump();
    await delay(scrapeEveryMs, undefined, { signal }).catch(() => {});
  }
}
