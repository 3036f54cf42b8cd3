import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startStack } from '../../dev-servers/stack.js';
import { createMetrics } from '../../src/api/telemetry/metrics.js';
import { compose } from '../../src/cli/compose.js';
import { loadConfig } from '../../src/cli/config.js';
import { createLogger } from '../../src/cli/logger.js';
import { projectionNames } from '../../src/projections/models/index.js';
import { ReadModels } from '../../src/projections/queries/read-models.js';
import { migrate } from '../../src/projections/schema/migrations.js';

const MAIN = fileURLToPath(new URL('../../programs/onsale.js', import.meta.url));

/** A fresh embedded stack with the service's modules on it, projecting. Its data goes with it. */
export async function openInstallation() {
  const loaded = loadConfig({ LOG_LEVEL: 'warn' });
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  const stack = await startStack({ ephemeral: true, log: (line) => process.stderr.write(`${line}\n`) });
  const servers = { ...stack, redisUrls: stack.redisUrl.split(',') };
  const metrics = createMetrics();
  const app = await compose(loaded.config, servers, metrics, createLogger('warn'));
  await migrate(app.database);
  const services = app.openServices(() => metrics.registry.metrics());
  const runner = app.startProjecting();
  const models = new ReadModels(app.database, () => {});
  const { store, database, stock } = app;
  return {
    pids: stack.pids,
    urls: [stack.eventStoreUrl, stack.redisUrl, stack.databaseUrl],
    commands: services.commands,
    sources: { store, database, stock },
    /** Resolves when every read model has all of a concert's events. */
    async projected(concertId: string): Promise<void> {
      const last = await store.readLast(concertId);
      for (const name of projectionNames) {
        const isThere = await models.waitFor(concertId, last?.revision ?? 0n, 600_000, name);
        if (!isThere) throw new Error(`${name} did not get to the end of ${concertId}`);
      }
    },
    /** A process of `onsale` that works on this installation. */
    onsale(...args: string[]): ChildProcess {
      const given = {
        EVENTSTORE_URL: stack.eventStoreUrl,
        REDIS_URL: stack.redisUrl,
        DATABASE_URL: stack.databaseUrl,
        NAMESPACE: '',
      };
      return spawn(process.execPath, [MAIN, ...args], {
        env: { ...process.env, ...given },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    },
    async close(): Promise<void> {
      await services.commands.stop();
      await runner.stop();
      await app.close();
      await stack.stop();
    },
  };
}

export type Installation = Awaited<ReturnType<typeof openInstallation>>;
