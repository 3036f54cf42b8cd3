import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../../src/cli/demo/random.js';
import { now } from '../measure/clock.js';
import { poissonArrivals } from '../measure/random.js';
import type { Buyers } from './buyers.js';
import type { Connections } from './connections.js';
import type { ClosedLoop, Crowd, OpenLoop } from './protocol.js';

type Connection = NonNullable<ReturnType<Connections['take']>>;

function takeFrom(connections: Connections): Connection {
  const connection = connections.take();
  if (connection === undefined) throw new Error('more in flight than connections');
  return connection;
}

/** Runs `work` on `count` connections at a time, for as long as it resolves with true. */
async function keepInFlight(
  connections: Connections,
  count: number,
  work: (connection: Connection) => Promise<boolean>,
): Promise<void> {
  const one = async (): Promise<void> => {
    const connection = takeFrom(connections);
    while (await work(connection));
    connections.give(connection);
  };
  await Promise.all(Array.from({ length: count }, one));
}

/** @param ended asked before each request, for a load that ends before its time */
export async function closedLoop(
  order: ClosedLoop,
  connections: Connections,
  buyers: Buyers,
  ended: () => boolean = () => false,
): Promise<void> {
  const end = now() + order.durationMs;
  const most = order.buyers ?? Number.POSITIVE_INFINITY;
  let next = 0;
  await keepInFlight(connections, order.inFlight, async (connection) => {
    const at = now();
    if (at >= end || next >= most || ended()) return false;
    await buyers.ask(connection, next++, at);
    return true;
  });
}

export async function openLoop(order: OpenLoop, connections: Connections, buyers: Buyers): Promise<void> {
  const arrivals = poissonArrivals(order.seed, order.ratePerSecond, order.durationMs);
  const start = now();
  const waiting = new Set<Promise<unknown>>();
  const send = (number: number, intendedAt: number): void => {
    const connection = connections.take();
    if (connection === undefined) {
      buyers.counts.dropped++;
      return;
    }
    const asked = buyers.ask(connection, number, intendedAt).finally(() => {
      connections.give(connection);
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

export async function crowd(order: Crowd, connections: Connections, buyers: Buyers): Promise<void> {
  const random = seededRandom(order.seed);
  const end = now() + order.durationMs;
  let next = 0;
  const insist = async (
    connection: Connection,
    customer: number,
    patienceMs: number | null,
  ): Promise<void> => {
    for (let attempt = 0; attempt < order.tries; attempt++) {
      const { kind } = await buyers.ask(connection, customer, now(), attempt === 0 ? patienceMs : null);
      if (kind !== 'none' || now() >= end) return;
      await delay(random() * pauseBeforeRetryMs);
    }
  };
  const insistTwice = async (connection: Connection, customer: number): Promise<void> => {
    const second = takeFrom(connections);
    await Promise.all([insist(connection, customer, null), insist(second, customer, null)]);
    connections.give(second);
  };
  await keepInFlight(connections, order.inFlight, async (connection) => {
    if (next >= order.customers || now() >= end) return false;
    const customer = next++;
    if (customer % 10 === 0) await insistTwice(connection, customer);
    else await insist(connection, customer, customer % 10 === 5 ? order.impatienceMs : null);
    return true;
  });
}
