import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { Logger } from 'pino';
import { startStack } from '../embedded/stack.js';
import type { Config } from './config.js';
import { type ServerUrls, urlsOf } from './open-servers.js';
import { announceServers, withdrawServers } from './servers-file.js';
import { startService } from './service.js';

export interface ServeOptions {
  /** 0: one process does everything. N: this process projects, N others answer requests on one port. */
  readonly workers: number;
  /** Keep the data of embedded servers in a temporary folder that goes with them. */
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

/** Starts what is missing of the servers, then the service. */
export async function serve(config: Config, options: ServeOptions, logger: Logger): Promise<Serving> {
  const { eventStoreUrl, redisUrls, databaseUrl } = config.servers;
  const stack = await startStack({
    dataDir: config.dataDir,
    ephemeral: options.ephemeral,
    ...(eventStoreUrl === null ? {} : { eventStoreUrl }),
    ...(redisUrls === null ? {} : { redisUrl: redisUrls.join(',') }),
    ...(databaseUrl === null ? {} : { databaseUrl }),
    log: (line) => logger.info(line),
  });
  const servers = urlsOf(stack);
  try {
    const start = options.workers === 0 ? startAlone : startWithWorkers;
    const service = await start(config, servers, options.workers, logger);
    const isOurs = Object.keys(stack.pids).length > 0 && !options.ephemeral;
    if (isOurs) announceServers(config.dataDir, servers);
    return {
      ...service,
      servers,
      pids: { ...stack.pids, service: service.pids },
      async stop() {
        await service.stop();
        if (isOurs) withdrawServers(config.dataDir);
        await stack.stop();
      },
    };
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

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
  const service = await startService(config, servers, { api: true, projecting: true }, logger);
  if (service.url === null) throw new TypeError('a service with an API has a URL');
  return { url: service.url, pids: [process.pid], stop: () => service.stop() };
}

/** What a worker is told at its start, through its environment, and what it answers with. */
export interface WorkerSetup {
  readonly config: Config;
  readonly servers: ServerUrls;
}

export interface WorkerReady {
  readonly url: string;
}

async function startWithWorkers(
  config: Config,
  servers: ServerUrls,
  workers: number,
  logger: Logger,
): Promise<Started> {
  const service = await startService(config, servers, { api: false, projecting: true }, logger);
  cluster.setupPrimary({ exec: new URL('./worker.js', import.meta.url).pathname });
  let stopping = false;
  const fork = () =>
    cluster.fork({ ONSALE_WORKER: JSON.stringify({ config, servers } satisfies WorkerSetup) });
  const first = await Promise.all(Array.from({ length: workers }, () => ready(fork())));
  cluster.on('exit', (worker, code, signal) => {
    if (stopping) return;
    logger.error({ pid: worker.process.pid, code, signal }, 'a worker ended; another takes its place');
    ready(fork()).catch((error: unknown) => logger.error({ err: error }, 'a worker did not start'));
  });
  return {
    url: first[0]?.url ?? '',
    get pids() {
      return [process.pid, ...living().flatMap(({ process: { pid } }) => pid ?? [])];
    },
    async stop() {
      stopping = true;
      await Promise.all(
        living().map(async (worker) => {
          const gone = once(worker, 'exit');
          worker.process.kill('SIGTERM');
          await gone;
        }),
      );
      await service.stop();
    },
  };
}

const living = (): Worker[] => Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);

/** @throws when the worker ends instead */
async function ready(worker: Worker): Promise<WorkerReady> {
  const ended = once(worker, 'exit').then(([code]) => {
    throw new Error(`a worker ended with code ${code} before it was ready`);
  });
  const [message] = (await Promise.race([once(worker, 'message'), ended])) as [WorkerReady];
  return message;
}
