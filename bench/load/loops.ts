import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../../src/cli/demo/random.js';
import { now } from '../measure/clock.js';
import { poissonArrivals } from '../measure/random.js';
import type { Buyers } from './buyers.js';
import type { Lanes } from './connections.js';
import type { ClosedLoop, Crowd, OpenLoop } from './protocol.js';

type Lane = NonNullable<ReturnType<Lanes['take']>>;

function takeFrom(lanes: Lanes): Lane {
  const lane = lanes.take();
  if (lane === undefined) throw new Error('more in flight than connections');
  return lane;
}

/** Runs `work` on so many connections at a time, for as long as it says true. */
async function keepInFlight(
  lanes: Lanes,
  count: number,
  work: (lane: Lane) => Promise<boolean>,
): Promise<void> {
  const one = async (): Promise<void> => {
    const lane = takeFrom(lanes);
    while (await work(lane));
    lanes.give(lane);
  };
  await Promise.all(Array.from({ length: count }, one));
}

export async function closedLoop(order: ClosedLoop, lanes: Lanes, buyers: Buyers): Promise<void> {
  const end = now() + order.durationMs;
  const most = order.buyers ?? Number.POSITIVE_INFINITY;
  let next = 0;
  await keepInFlight(lanes, order.inFlight, async (lane) => {
    const at = now();
    if (at >= end || next >= most) return false;
    await buyers.ask(lane, next++, at);
    return true;
  });
}

export async function openLoop(order: OpenLoop, lanes: Lanes, buyers: Buyers): Promise<void> {
  const arrivals = poissonArrivals(order.seed, order.ratePerSecond, order.durationMs);
  const start = now();
  const waiting = new Set<Promise<unknown>>();
  const send = (number: number, intendedAt: number): void => {
    const lane = lanes.take();
    if (lane === undefined) {
      buyers.counts.dropped++;
      return;
    }
    const asked = buyers.ask(lane, number, intendedAt).finally(() => {
      lanes.give(lane);
      waiting.delete(asked);
    });
    waiting.add(asked);
  };
  for (const [number, offset] of arrivals.entries()) {
    const early = start + offset - now();
    if (early > 0) await delay(early);
    send(number, start + offset);
  }
  await Promise.all(waiting);
}

/** A buyer told to come back later does so, a little sooner than a person would. */
const pauseBeforeRetryMs = 200;

export async function crowd(order: Crowd, lanes: Lanes, buyers: Buyers): Promise<void> {
  const random = seededRandom(order.seed);
  const end = now() + order.durationMs;
  let next = 0;
  const insist = async (lane: Lane, customer: number, patienceMs: number | null): Promise<void> => {
    for (let attempt = 0; attempt < order.tries; attempt++) {
      const { kind } = await buyers.ask(lane, customer, now(), attempt === 0 ? patienceMs : null);
      if (kind !== 'none' || now() >= end) return;
      await delay(random() * pauseBeforeRetryMs);
    }
  };
  const insistTwice = async (lane: Lane, customer: number): Promise<void> => {
    const second = takeFrom(lanes);
    await Promise.all([insist(lane, customer, null), insist(second, customer, null)]);
    lanes.give(second);
  };
  await keepInFlight(lanes, order.inFlight, async (lane) => {
    if (next >= order.customers || now() >= end) return false;
    const customer = next++;
    if (customer % 10 === 0) await insistTwice(lane, customer);
    else await insist(lane, customer, customer % 10 === 5 ? order.impatienceMs : null);
    return true;
  });
}
