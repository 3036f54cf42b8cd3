import cluster from 'node:cluster';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { Logger } from 'pino';
import { createMetrics, observeProcess } from '../../api/telemetry/metrics.js';
import type { Config } from '../config.js';
import { startMissingServers } from '../dev-servers.js';
import type { ServerUrls } from '../open-servers.js';
import { refuseOpenNetwork } from './open-access.js';
import { startService } from './service.js';
import { cannotListen } from './start-problems.js';
import { ClusterMetrics } from './workers/cluster-metrics.js';
import type { WorkerSetup } from './workers/worker-messages.js';
import { WorkerSupervisor } from './workers/worker-supervisor.js';

export interface ServeOptions {
  /** 0: one process does everything. N: this process projects, N others answer requests on one port. */
  readonly workers: number;
  /** Keep the data of the dev servers in a temporary folder that is deleted with them. */
  readonly ephemeral: boolean;
}

export interface Serving {
  readonly url: string;
  readonly servers: ServerUrls;
  readonly pids: {
    readonly service: readonly number[];
    readonly [server: string]: number | readonly number[];
  };
  stop(): Promise<void>;
}

/**
 * Starts the missing servers, then the service.
 * @throws {Refused} where open access would reach beyond this machine without having been asked for
 */
export async function serve(config: Config, options: ServeOptions, logger: Logger): Promise<Serving> {
  refuseOpenNetwork(config);
  const running = await startMissingServers(config, {
    ephemeral: options.ephemeral,
    log: (line) => logger.info(line),
    logError: (words) => logger.error(words),
  });
  const { servers, pids } = running;
  try {
    const start = options.workers === 0 ? startAlone : startWithWorkers;
    const service = await start(config, servers, options.workers, logger);
    running.announce();
    if (config.access === null) warnOfOpenAccess(config.host, logger);
    return {
      ...service,
      servers,
      pids: { ...pids, service: service.pids },
      async stop() {
        await service.stop();
        await running.stop();
      },
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

const warnOfOpenAccess = (host: string, logger: Logger): void =>
  logger.warn(
    { host },
    'ACCESS IS OPEN, for development: whoever reaches this port may sell, cancel and read everything, for any customer. docs/security.md says how to guard it.',
  );

interface Started {
  readonly url: string;
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

async function startAlone(
  config: Config,
  servers: ServerUrls,
  _workers: number,
  logger: Logger,
): Promise<Started> {
  const metrics = createMetrics();
  observeProcess(metrics);
  const roles = { api: true, projecting: true };
  const metricsText = () => metrics.registry.metrics();
  const service = await startService({ config, servers, roles, logger, metrics, metricsText });
  if (service.url === null) throw new TypeError('a service with an API has a URL');
  return { url: service.url, pids: [process.pid], stop: () => service.stop() };
}

async function startWithWorkers(
  config: Config,
  servers: ServerUrls,
  workers: number,
  logger: Logger,
): Promise<Started> {
  const metrics = createMetrics();
  const roles = { api: false, projecting: true };
  const metricsText = () => metrics.registry.metrics();
  const setup: WorkerSetup = { config: { ...config, port: await portOf(config) }, servers };
  const service = await startService({ config, servers, roles, logger, metrics, metricsText });
  // In `dist/programs` it lies where it lies here (src/bundle.mjs).
  cluster.setupPrimary({ exec: new URL('./workers/worker.js', import.meta.url).pathname });
  const clusterMetrics = new ClusterMetrics(
    metrics,
    () => ({ count: workers, ready: supervisor.ready }),
    (err) => logger.warn({ err }, 'cannot sum the metrics of the workers'),
  );
  const supervisor = new WorkerSupervisor({
    workers,
    logger,
    silenceMs: config.workerSilenceMs,
    fork: () => cluster.fork({ ONSALE_WORKER: JSON.stringify(setup) }),
    onEnd: (reason) => metrics.workerEnds.labels(reason).inc(),
    onMessage: (worker, message) => clusterMetrics.receive(worker, message),
  });
  try {
    const url = await supervisor.start();
    return {
      url,
      get pids() {
        return [process.pid, ...supervisor.pids];
      },
      async stop() {
        await Promise.all([supervisor.stop(config.stopGraceMs), service.stop()]);
      },
    };
  } catch (error) {
    await service.stop();
    throw error;
  }
}

/** One port for all workers, replacements included: with port 0 each could get another. */
async function portOf({ host, port }: Config): Promise<number> {
  if (port !== 0) return port;
  const probe = createServer().listen(0, host);
  await once(probe, 'listening').catch((error: unknown) => {
    throw cannotListen(error, host, port);
  });
  const address = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return address.port;
}
