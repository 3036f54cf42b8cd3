import { performance } from 'node:perf_hooks';
import { encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { now } from '../measure/clock.js';
import { Buyers } from './buyers.js';
import { Connections } from './connections.js';
import { closedLoop, crowd, openLoop } from './loops.js';
import type { LoadReport, Order } from './protocol.js';

/** A process that buys: takes one order at a time over IPC and reports when it is done. */

let connections: { readonly url: string; readonly count: number; readonly connections: Connections } | null =
  null;

/** Connections stay open from one order to the next one for the same server. */
async function connectionsTo(url: string, count: number): Promise<Connections> {
  if (connections?.url === url && connections.count === count) return connections.connections;
  await connections?.connections.close();
  connections = { url, count, connections: new Connections(url, count) };
  return connections.connections;
}

async function execute(order: Order): Promise<LoadReport> {
  const connections = await connectionsTo(
    order.url,
    order.kind === 'crowd' ? 2 * order.inFlight : order.inFlight,
  );
  const buyers = new Buyers(order);
  const idle = performance.eventLoopUtilization();
  const start = now();
  if (order.kind === 'closed') await closedLoop(order, connections, buyers);
  else if (order.kind === 'open') await openLoop(order, connections, buyers);
  else await crowd(order, connections, buyers);
  const { counts, observations, accepted, refused, late } = buyers;
  return {
    counts,
    observations,
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
