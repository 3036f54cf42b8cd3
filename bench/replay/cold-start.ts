/**
 * The first purchase of a concert with a long log, in a process that knows nothing of it yet: time from opening the write
 * side to the answer. Run without arguments; it starts the process that is measured by itself.
 */
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createMetrics } from '../../src/api/telemetry/metrics.js';
import { compose } from '../../src/cli/compose.js';
import { loadConfig } from '../../src/cli/config.js';
import { createLogger } from '../../src/cli/logger.js';
import type { Commands } from '../../src/commands/commands.js';
import { generateConcert } from './generate.js';
import { openInstallation } from './installation.js';

/** How a measured process ends: a process that is stopped leaves a snapshot of its states. */
type End = 'stopped' | 'killed';

/** Just fewer sales than make a process take a snapshot: the most that must be read after it was killed. */
const mostBehind = 9_900;

const [concertId, end, ...urls] = process.argv.slice(2);
if (concertId === undefined) await compareStarts();
else await buyOnce(concertId, end === 'killed' ? 'killed' : 'stopped', urls);
process.exit();

async function compareStarts(): Promise<void> {
  const installation = await openInstallation();
  const { store, database } = installation.sources;
  try {
    for (const tickets of [100, 10_000, 100_000]) {
      const id = await generateConcert(store, `concert of ${tickets}`, {
        events: Math.ceil(tickets * 1.1),
        left: mostBehind + 100,
      });
      const measure = async (what: string, end: End, before = async () => {}) => {
        const starts: number[] = [];
        for (let i = 0; i < 5; i += 1) {
          await before();
          starts.push(await start(id, end, installation.urls));
        }
        tell(`${tickets} tickets, ${what}`, starts);
      };
      await measure('no snapshot', 'stopped', async () => {
        await database.kysely.deleteFrom('snapshots').where('concert_id', '=', id).execute();
      });
      await measure('after a stop', 'stopped');
      if (tickets < mostBehind) continue;
      await sell(installation.commands, id, mostBehind);
      await measure(`after a kill, ${mostBehind} purchases beyond the snapshot`, 'killed');
    }
  } finally {
    await installation.close();
  }
}

function tell(what: string, starts: number[]): void {
  const [median = Number.NaN] = starts.sort((a, b) => a - b).slice(2);
  const all = starts.map(Math.round).join(', ');
  process.stdout.write(`${what}: first purchase after ${all} ms, median ${Math.round(median)} ms\n`);
}

async function start(id: string, end: End, urls: readonly string[]): Promise<number> {
  const child = fork(fileURLToPath(import.meta.url), [id, end, ...urls]);
  const exit = once(child, 'exit');
  const [milliseconds] = (await once(child, 'message')) as [number];
  await exit;
  return milliseconds;
}

async function sell(commands: Commands, id: string, purchases: number): Promise<void> {
  const atOnce = 500;
  for (let sold = 0; sold < purchases; sold += atOnce) {
    const count = Math.min(atOnce, purchases - sold);
    await Promise.all(Array.from({ length: count }, (_, i) => buy(commands, id, `late-${sold + i}`)));
  }
}

async function buy(commands: Commands, id: string, customerId: string): Promise<void> {
  const outcome = await commands.purchase({
    concertId: id,
    customerId,
    quantity: 1,
    idempotencyKey: `order of ${customerId}`,
    arrivedAt: new Date().toISOString(),
  });
  if (outcome.kind !== 'accepted') throw new Error(`the purchase was ${JSON.stringify(outcome)}`);
}

/** Reports to its parent the milliseconds since it began to compose the service. */
async function buyOnce(
  id: string,
  end: End,
  [eventStoreUrl = '', redisUrl = '', databaseUrl = '']: readonly string[],
) {
  const loaded = loadConfig({ LOG_LEVEL: 'warn' });
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  const begun = performance.now();
  const servers = { eventStoreUrl, redisUrls: [redisUrl], databaseUrl };
  const metrics = createMetrics();
  const app = await compose(loaded.config, servers, metrics, createLogger('warn'));
  const { commands } = app.openServices(() => metrics.registry.metrics());
  await buy(commands, id, `first-${randomUUID()}`);
  process.send?.(performance.now() - begun);
  if (end === 'killed') {
    await delay(200); // The lock is given back by then; how long a dead holder keeps it is not measured here.
    process.kill(process.pid, 'SIGKILL');
  }
  await commands.stop();
  await app.close();
}
