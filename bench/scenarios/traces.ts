import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bench } from '../bench.js';
import { compare, finish, perAccepted, putOnSale } from './baselines.js';

/** Sales of a service that traces every purchase, in turn with one that traces none, which loads nothing of OpenTelemetry. */
export async function traces(bench: Bench): Promise<void> {
  // A collector that reads what it is sent, and drops it.
  const collector = createServer((request, response) => request.resume().on('end', () => response.end('{}')));
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  const start = async (variables: Readonly<Record<string, string>>) =>
    putOnSale(bench, await bench.startService('batch', 1, { variables }));
  const traced = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
  const untraced = await start({});
  await compare(bench, 'traced/untraced', traced, untraced, perAccepted);
  await finish(bench, traced, 'traces');
  await finish(bench, untraced, 'traces');
  collector.closeAllConnections();
  collector.close();
}
