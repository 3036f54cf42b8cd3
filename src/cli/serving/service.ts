import type { RequestListener } from 'node:http';
import type { Logger } from 'pino';
import { createApp } from '../../api/app.js';
import { type ListenOptions, listen, type RunningServer } from '../../api/http/server/server.js';
import type { ApiServices } from '../../api/services.js';
import type { Metrics } from '../../api/telemetry/metrics.js';
import { migrate } from '../../projections/schema/migrations.js';
import { within } from '../../waiting/within.js';
import { compose } from '../compose.js';
import type { Config } from '../config.js';
import type { ServerUrls } from '../open-servers.js';
import { readCertificate, watchCertificate } from './certificate.js';
import { refuseToShare } from './claim-installation.js';
import { cannotListen, cannotMigrate } from './start-problems.js';

export interface Roles {
  /** Answer HTTP requests. */
  readonly api: boolean;
  /** Keep the read models and the stock cache up to date, or stand by for the process that does. */
  readonly projecting: boolean;
}

export interface ServiceParts {
  readonly config: Config;
  readonly servers: ServerUrls;
  readonly roles: Roles;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The text of /metrics, without the gauges that each scrape measures. */
  readonly metricsText: () => Promise<string>;
}

export interface RunningService {
  /** Null without the role `api`. */
  readonly url: string | null;
  /**
   * Accepts no new work, finishes requests in flight, releases locks and connections; abandons the rest after `STOP_GRACE_MS`.
   */
  stop(): Promise<void>;
}

/** Share of the grace period for requests in flight; the rest is for locks and connections. */
const requestsPart = 0.8;

/**
 * One process of the service. The one that projects also prepares Postgres; the others start without any server, and answer 503
 * until the servers they need are there.
 * @throws {Refused} when Postgres cannot be prepared or the address is not available, naming the variable to check, or when
 * another installation uses the same schema or keys
 */
export async function startService(parts: ServiceParts): Promise<RunningService> {
  const { config, servers, roles, logger, metrics } = parts;
  const app = await compose(config, servers, metrics, logger);
  try {
    if (roles.projecting) {
      await migrate(app.database).catch((error: unknown) => {
        throw cannotMigrate(error, config, servers);
      });
      await refuseToShare(app, logger);
    }
    const services = app.openServices(parts.metricsText);
    const server = roles.api ? await startServer(services, config, logger) : null;
    const runner = roles.projecting ? app.startProjecting() : null;
    return {
      url: server?.url ?? null,
      async stop() {
        const stopped = Promise.all([
          stopAnswering(services, server, config.stopGraceMs * requestsPart),
          runner?.stop(),
        ]).then(() => app.close());
        await within(config.stopGraceMs, stopped, () =>
          logger.warn('the stop took longer than STOP_GRACE_MS; abandoning the remaining work'),
        );
      },
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

async function startServer(
  services: ApiServices,
  { host, port, corsOrigins, tls }: Config,
  logger: Logger,
): Promise<RunningServer> {
  const app = createApp(services, { corsOrigins, isTls: tls !== null }).callback();
  if (tls === null) return listenAt(app, { host, port });
  const server = await listenAt(app, { host, port, certificate: readCertificate(tls) });
  const unwatch = watchCertificate(tls, (certificate) => server.renew(certificate), logger);
  return {
    ...server,
    stop(graceMs) {
      unwatch();
      return server.stop(graceMs);
    },
  };
}

const listenAt = (app: RequestListener, options: ListenOptions): Promise<RunningServer> =>
  listen(app, options).catch((error: unknown) => {
    throw cannotListen(error, options.host, options.port);
  });

/** Requests that only wait are answered at once; the others finish. */
async function stopAnswering(
  { commands, queries, live }: ApiServices,
  server: RunningServer | null,
  graceMs: number,
): Promise<void> {
  const closed = server?.stop(graceMs);
  commands.stopWaiting();
  queries.stopWaiting();
  live.stop();
  await closed;
  await commands.stop();
}
