/**
 * The first purchase of a concert with a long log, in a process that knows nothing of it yet: time from opening the write
 * side to the answer. Run without arguments; it starts the process that is measured by itself.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createMetrics } from '../../src/api/metrics.js';
import { loadConfig } from '../../src/cli/config.js';
import { createLogger } from '../../src/cli/logger.js';
import { openRooms } from '../../src/cli/rooms.js';
import { generateConcert } from './generate.js';
import { openInstallation } from './installation.js';

const [concertId, ...urls] = process.argv.slice(2);
if (concertId === undefined) await compareStarts();
else await buyOnce(concertId, urls);
process.exit();

async function compareStarts(): Promise<void> {
  const installation = await openInstallation();
  try {
    for (const tickets of [100, 10_000, 100_000]) {
      const id = await generateConcert(installation.sources.store, `concert of ${tickets}`, {
        events: Math.ceil(tickets * 1.1),
        left: 100,
      });
      const starts: number[] = [];
      for (let i = 0; i < 5; i += 1) starts.push(await start(id, installation.urls));
      const [median] = starts.sort((a, b) => a - b).slice(2);
      process.stdout.write(
        `${tickets} tickets: first purchase after ${starts.map(Math.round).join(', ')} ms`,
      );
      process.stdout.write(`, median ${Math.round(median ?? Number.NaN)} ms\n`);
    }
  } finally {
    await installation.close();
  }
}

async function start(id: string, urls: readonly string[]): Promise<number> {
  const child = fork(fileURLToPath(import.meta.url), [id, ...urls]);
  const exit = once(child, 'exit');
  const [milliseconds] = (await once(child, 'message')) as [number];
  await exit;
  return milliseconds;
}

/** Tells its parent how many milliseconds it took from opening the rooms. */
async function buyOnce(id: string, [eventStoreUrl = '', redisUrl = '', databaseUrl = '']: readonly string[]) {
  const loaded = loadConfig({ LOG_LEVEL: 'warn' });
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  const begun = performance.now();
  const servers = { eventStoreUrl, redisUrls: [redisUrl], databaseUrl };
  const metrics = createMetrics();
  const rooms = await openRooms(loaded.config, servers, metrics, createLogger('warn'));
  const { commands } = rooms.openServices(() => metrics.registry.metrics());
  const outcome = await commands.purchase({
    concertId: id,
    customerId: `first-${process.pid}`,
    quantity: 1,
    idempotencyKey: `first-${process.pid}-${Date.now()}`,
    arrivedAt: new Date().toISOString(),
  });
  const took = performance.now() - begun;
  if (outcome.kind !== 'accepted') throw new Error(`the purchase was ${JSON.stringify(outcome)}`);
  await commands.stop();
  await rooms.close();
  process.send?.(took);
}
