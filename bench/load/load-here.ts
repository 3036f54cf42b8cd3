import { Buyers } from './buyers.js';
import { Connections } from './connections.js';
import type { Load } from './load-generators.js';
import { closedLoop } from './loops.js';
import type { ClosedLoop, TimedObservation } from './protocol.js';

/**
 * A closed loop in this process, for a scenario that acts on what buyers are told. It ends with `work`, which sees every
 * observation as soon as it is made, or when the order's time is up. Rejects when `work` does.
 */
export async function loadHere(
  order: ClosedLoop,
  work: (observations: readonly TimedObservation[]) => Promise<void>,
): Promise<Load> {
  const connections = new Connections(order.url, order.inFlight);
  const buyers = new Buyers(order);
  const idle = performance.eventLoopUtilization();
  const started = performance.now();
  let ended = false;
  const working = work(buyers.observations).finally(() => {
    ended = true;
  });
  try {
    await Promise.all([closedLoop(order, connections, buyers, () => ended), working]);
  } finally {
    await connections.close();
  }
  const { counts, observations, accepted, refused, late } = buyers;
  return {
    ...{ counts, observations, accepted, refused },
    seconds: (performance.now() - started) / 1_000,
    busy: performance.eventLoopUtilization(idle).utilization,
    lateP99Ms: late.getValueAtPercentile(99) / 1_000,
  };
}
