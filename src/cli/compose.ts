import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { authenticator } from '../api/access/authenticate.js';
import { LiveConcerts } from '../api/live/live-concerts.js';
import type { ApiServices, ProjectionReport } from '../api/services.js';
import { type Metrics, observeConnections } from '../api/telemetry/metrics.js';
import { commandObserver, projectionObserver } from '../api/telemetry/observers.js';
import { createCommands, type RedisForCommands } from '../commands/create-commands.js';
import type { CommandObserver } from '../commands/observer.js';
import { formatPosition } from '../domain/log/recorded-event.js';
import { ignoredOptions } from '../event-store/connection-string.js';
import { ApiKeys } from '../postgres/api-keys.js';
import type { Database } from '../postgres/database.js';
import { BatchThrottle } from '../projections/apply/batch-throttle.js';
import { postgresReadModels } from '../projections/live/postgres-read-models.js';
import { ProjectionRunner } from '../projections/live/runner.js';
import { activeLagSeconds, projectionStatus } from '../projections/operations/status.js';
import { ReadModels } from '../projections/queries/read-models.js';
import { ConcertLock } from '../redis/lock/concert-lock.js';
import { ArrivalQueue } from '../redis/queue/arrival-queue.js';
import { auditConcert } from '../replay/audit/audit.js';
import { systemClock } from '../waiting/clock.js';
import { Limiter } from '../waiting/turns.js';
import type { Config } from './config.js';
import { openLimits } from './open-limits.js';
import { type OpenRedis, openServers, type ServerUrls } from './open-servers.js';
import { openTracing } from './open-tracing.js';

/** Limit of queries that read a whole log: enough to keep a core busy, and further ones are refused. */
const wholeLogReads = { atOnce: 4, waiting: 32, waitMs: 5_000 };

/**
 * The composition root: all modules, opened on real servers. Opening connects to Redis; the other servers are connected to on
 * first use.
 */
export async function compose(config: Config, servers: ServerUrls, metrics: Metrics, logger: Logger) {
  const ignored = ignoredOptions(servers.eventStoreUrl);
  if (ignored.length > 0) logger.warn({ ignored }, 'EVENTSTORE_URL has options that have no effect');
  const connectionLost = (server: string, error: unknown) =>
    logger.debug({ server, err: error }, 'connection lost, reconnecting');
  const { store, redis, database, snapshots, close } = await openServers(config, servers, {
    connectionLost,
    redisAway: (server, { message }) =>
      logger.warn({ server, problem: message }, 'Redis is not used until it answers again'),
    redisBack: (server) => logger.info({ server }, 'Redis is used again'),
  });
  observeConnections(metrics, () => database.connections());
  const stock = redis?.stock ?? null;
  if (redis === null) logger.info('REDIS_URL is none: no lock, no stock cache and no arrival queue');
  const tracing = await openTracing(config);
  const projecting = projectionObserver(metrics, logger, tracing);
  const pace = new BatchThrottle();

  return {
    database,
    store,
    stock,
    /** The API's services; `stop` resolves when no command is in flight. */
    openServices(metricsText: () => Promise<string>): ApiServices {
      const observer = commandObserver(metrics, logger);
      const queries = new ReadModels(database, (error) => connectionLost('Postgres', error), pace);
      const commands = createCommands({
        ...config.purchases,
        store,
        snapshots,
        observer,
        tracing: tracing ?? undefined,
        clock: systemClock,
        redis: redis === null ? null : redisForCommands(redis, config.lockLeaseMs, observer),
        overdueHolds: { concerts: (before, most) => queries.holds.overdueConcerts(before, most) },
      });
      return {
        authenticate:
          config.access === null ? null : authenticator(config.access, keySource(database), logger),
        limits: openLimits(config, redis?.servers ?? null, (policy) => metrics.limited.labels(policy).inc()),
        commands,
        queries,
        log: store,
        live: new LiveConcerts((concertIds) => queries.concerts(concertIds), { metrics, logger }),
        stock,
        metrics,
        tracing,
        logger,
        mode: config.purchases.purchaseMode,
        audit: (concertId, signal) =>
          auditConcert({ store: store.until(signal), database, stock }, concertId),
        wholeLogReads: new Limiter(wholeLogReads),
        probes: {
          redis: redis === null ? null : () => redis.servers.primary.ping(),
          projections: () => reportProjections(database),
          lagSeconds: async () => activeLagSeconds(store, await projectionStatus(database)),
        },
        metricsText,
        benchReport: async () => (config.benchReport === null ? null : readFile(config.benchReport, 'utf8')),
      };
    },
    startProjecting(): ProjectionRunner {
      const { observer } = projecting;
      const runner = new ProjectionRunner({
        ...{ store, readModels: postgresReadModels(database), cache: stock, observer, pace },
      });
      runner.start();
      return runner;
    },
    async close() {
      await Promise.all([close(), tracing?.close()]);
    },
  };
}

const keySource = (database: Database) => {
  const keys = new ApiKeys(database);
  return () => keys.valid();
};

const redisForCommands = (
  { servers, stock }: OpenRedis,
  leaseMs: number,
  { lockReleaseFailed }: CommandObserver,
): RedisForCommands => ({
  stock,
  queue: new ArrivalQueue(servers),
  lock: new ConcertLock({ servers, leaseMs, onReleaseFailed: lockReleaseFailed }),
});

async function reportProjections(database: Database): Promise<readonly ProjectionReport[]> {
  return (await projectionStatus(database)).map(({ name, state, problem, position, parkedEvents }) => ({
    name,
    state,
    problem,
    position: position === null ? null : formatPosition(position),
    parkedEvents: Number(parkedEvents),
  }));
}
