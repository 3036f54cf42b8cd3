import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import type { Bench } from '../bench.js';
import { memoryOf } from '../measure/memory.js';
import type { System } from '../systems/system.js';
import { compare, finish, large, type OnSale, perAccepted, putOnSale } from './baselines.js';

const inFlight = 64;
/** Long enough to confirm in, on any machine; short enough to wait for. */
const holdSeconds = 5;
const mostWaitMs = 120_000;

/** Tickets that are held and confirmed, a fifth of the holds lapsing, in turn with tickets that are bought in one step. */
export async function holds(bench: Bench): Promise<void> {
  const bought = await putOnSale(bench, await bench.startService('batch', 1));
  const { system } = bought;
  await bench.warmUp(system, inFlight, bench.plan.batchWarmUps, { holdSeconds });
  const held: OnSale = { system, sale: await system.schedule({ ...large, holdSeconds }), slices: [] };
  await compare(bench, 'holds/batch', held, bought, perAccepted);
  await delay((holdSeconds + 2) * 1_000); // The last holds lapse, so that the stock comes to rest.
  await bench.file(system, { scenario: 'holds', inFlight, details: { flow: 'hold, confirm' } }, held.slices, [
    held.sale,
  ]);
  await finish(bench, bought, 'holds');
}

/** What a sale loses in the two seconds over which holds are ended that lapse within one. */
export async function lapsing(bench: Bench): Promise<void> {
  const { system } = await putOnSale(bench, await bench.startService('batch', 1));
  const { holds } = bench.plan.lapsing;
  const empty = memoryOf(system.pid);
  const from = new Date(Date.now() + 10_000 + holds / 4); // Until then the log is written and loaded.
  const sale = await system.scheduleLapsing?.({ capacity: 1_000_000, holds }, from);
  if (sale === undefined) throw new TypeError('a peer has no holds');
  const take = (durationMs: number) =>
    bench.slice(system, [sale], { kind: 'closed', inFlight, durationMs, buyers: null });
  const slices = [await take(bench.plan.sliceMs)]; // Loads the concert.
  const loaded = memoryOf(system.pid);
  while (Date.now() < from.getTime() - 3_000) slices.push(await take(1_000));
  const before = await take(1_500);
  await delay(Math.max(0, from.getTime() + 500 - Date.now()));
  await eventLoopDelay(system); // Each scrape resets the measure.
  const during = [await take(1_000), await take(1_000)];
  const stallMs = await eventLoopDelay(system);
  const ended = await untilNoneIsHeld(system, sale.path);
  bench.ratio(
    'holds/lapsing',
    during.map(({ acceptedPerSecond }) => acceptedPerSecond / before.acceptedPerSecond),
  );
  bench.ratio('holds/stall', [stallMs]);
  const details = {
    holds,
    secondsToTheLastExpiry: Number(((ended - from.getTime() - 1_000) / 1_000).toFixed(1)),
    longestDelayOfEventLoopMs: Math.round(stallMs),
    bytesPerOpenHold: Math.round((loaded - empty) / holds),
  };
  await bench.file(
    system,
    { scenario: 'lapsing', inFlight, details },
    [...slices, before, ...during],
    [sale],
  );
  await system.stop();
}

async function eventLoopDelay({ url }: System): Promise<number> {
  const { body } = await request(`${url}/metrics`);
  const seconds = /^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(await body.text())?.[1];
  return Number(seconds) * 1_000;
}

/** The time at which the last hold had expired. */
async function untilNoneIsHeld({ url }: System, path: string): Promise<number> {
  const end = Date.now() + mostWaitMs;
  for (;;) {
    const { body } = await request(url + path.replace(/\/purchases$/, ''));
    const { held } = (await body.json()) as { held: number };
    if (held === 0) return Date.now();
    if (Date.now() > end) throw new Error(`${held} tickets are still held`);
    await delay(100);
  }
}
