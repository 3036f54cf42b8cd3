import cluster from 'node:cluster';
import type { Logger } from 'pino';
import { createApp } from '../api/app.js';
import { createMetrics, type Metrics, observeProcess } from '../api/metrics.js';
import { listen } from '../api/server.js';
import { migrate } from '../projections/migrations.js';
import { answerForMetrics, metricsOfAll } from './cluster-metrics.js';
import type { Config } from './config.js';
import type { ServerUrls } from './open-servers.js';
import { openRooms } from './rooms.js';

export interface Roles {
  /** Answer HTTP requests. */
  readonly api: boolean;
  /** Keep the read models and the stock cache up to date, or stand by for the process that does. */
  readonly projecting: boolean;
}

export interface RunningService {
  /** Null without the role `api`. */
  readonly url: string | null;
  /** Takes no new work, finishes what is in flight, releases locks and connections. */
  stop(): Promise<void>;
}

/** One process of the service. @throws when Postgres cannot be migrated or the port not be had */
export async function startService(
  config: Config,
  servers: ServerUrls,
  roles: Roles,
  logger: Logger,
): Promise<RunningService> {
  const metrics = createMetrics();
  const metricsText = arrangeMetrics(metrics, logger);
  const rooms = await openRooms(config, servers, metrics, logger);
  try {
    await migrate(rooms.database);
    const services = rooms.openServices(metricsText);
    const runner = roles.projecting ? rooms.startProjecting() : null;
    const server = roles.api
      ? await listen(createApp(services).callback(), { host: config.host, port: config.port })
      : null;
    return {
      url: server?.url ?? null,
      async stop() {
        await server?.stop(config.stopGraceMs);
        await services.commands.stop();
        await runner?.stop();
        await rooms.close();
      },
    };
  } catch (error) {
    await rooms.close();
    throw error;
  }
}

/** A process alone counts for itself; of several, the workers count requests and the primary counts what it projects. */
function arrangeMetrics(metrics: Metrics, logger: Logger): () => Promise<string> {
  const { registry } = metrics;
  if (cluster.isWorker) {
    observeProcess(metrics);
    return metricsOfAll(registry);
  }
  answerForMetrics(registry, (error) =>
    logger.warn({ err: error }, 'the metrics of the workers could not be had'),
  );
  observeProcess(metrics);
  return () => registry.metrics();
}
