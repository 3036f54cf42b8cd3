import { performance } from 'node:perf_hooks';
import { encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { now } from '../measure/clock.js';
import { Buyers } from './buyers.js';
import { Lanes } from './connections.js';
import { closedLoop, crowd, openLoop } from './loops.js';
import type { LoadReport, Order } from './protocol.js';

/** A process that buys: takes one order at a time over IPC and reports when it is done. */

let lanes: { readonly url: string; readonly count: number; readonly lanes: Lanes } | null = null;

/** Connections stay open from one order to the next one for the same server. */
async function lanesTo(url: string, count: number): Promise<Lanes> {
  if (lanes?.url === url && lanes.count === count) return lanes.lanes;
  await lanes?.lanes.close();
  lanes = { url, count, lanes: new Lanes(url, count) };
  return lanes.lanes;
}

async function execute(order: Order): Promise<LoadReport> {
  const lanes = await lanesTo(order.url, order.kind === 'crowd' ? 2 * order.inFlight : order.inFlight);
  const buyers = new Buyers(order);
  const idle = performance.eventLoopUtilization();
  const start = now();
  if (order.kind === 'closed') await closedLoop(order, lanes, buyers);
  else if (order.kind === 'open') await openLoop(order, lanes, buyers);
  else await crowd(order, lanes, buyers);
  const { counts, heard, accepted, refused, late } = buyers;
  return {
    counts,
    heard,
    seconds: (now() - start) / 1_000,
    busy: performance.eventLoopUtilization(idle).utilization,
    lateP99Ms: late.getValueAtPercentile(99) / 1_000,
    acceptedLatency: encodeIntoCompressedBase64(accepted),
    refusedLatency: encodeIntoCompressedBase64(refused),
  };
}

process.on('disconnect', () => process.exit());
process.on('message', (order: Order) => {
  void execute(order).then((report) => process.send?.(report));
});
