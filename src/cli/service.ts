import type { Logger } from 'pino';
import { createApp } from '../api/app.js';
import { createMetrics, observeProcess } from '../api/metrics.js';
import { listen } from '../api/server.js';
import { migrate } from '../projections/migrations.js';
import type { Config } from './config.js';
import { openRooms, type ServerUrls } from './rooms.js';

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
  observeProcess(metrics);
  const rooms = await openRooms(config, servers, metrics, logger);
  try {
    await migrate(rooms.database);
    const services = rooms.openServices();
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
