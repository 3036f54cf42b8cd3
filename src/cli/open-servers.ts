import { EventStore } from '../event-store/event-store.js';
import { type Database, openDatabase } from '../postgres/database.js';
import { connectRedis, disconnectRedis, type RedisServers, settled } from '../redis/connect.js';
import { StockCache } from '../redis/stock-cache.js';
import { SnapshotTables } from '../snapshots/snapshot-tables.js';
import type { Config } from './config.js';

/** Addresses of the servers, configured or dev servers. */
export interface ServerUrls {
  readonly eventStoreUrl: string;
  /** Empty for an installation without Redis. */
  readonly redisUrls: readonly string[];
  readonly databaseUrl: string;
}

/** The addresses of a stack and nothing else of it: they are sent to other threads and processes. */
export const urlsOf = (stack: Omit<ServerUrls, 'redisUrls'> & { readonly redisUrl: string }): ServerUrls => ({
  eventStoreUrl: stack.eventStoreUrl,
  redisUrls: stack.redisUrl === '' ? [] : stack.redisUrl.split(','),
  databaseUrl: stack.databaseUrl,
});

export interface OpenServers {
  readonly store: EventStore;
  /** Null for an installation without Redis. */
  readonly redis: OpenRedis | null;
  readonly database: Database;
  readonly snapshots: SnapshotTables;
  close(): Promise<void>;
}

export interface OpenRedis {
  readonly servers: RedisServers;
  readonly stock: StockCache;
}

/** Two connections: one to save a state, one to read another. Queries wait for neither. */
const snapshotConnections = 2;

/** Called with failures that recover by themselves. */
export interface ConnectionObserver {
  connectionLost(server: string, error: unknown): void;
  /** Called once per outage: from now on the service runs without this Redis. */
  redisAway(server: string, error: Error): void;
  redisBack(server: string): void;
}

/**
 * Opens the modules that talk to servers. Resolves after the first attempt to reach Redis; the other servers are connected to
 * on first use.
 * @param readOnly Postgres refuses writes
 */
export async function openServers(
  config: Config,
  { eventStoreUrl, redisUrls, databaseUrl }: ServerUrls,
  observer: ConnectionObserver,
  { readOnly = false } = {},
): Promise<OpenServers> {
  const { namespace } = config;
  const store = new EventStore({
    connectionString: eventStoreUrl,
    namespace,
    append: config.append,
    readPatienceMs: config.readPatienceMs,
  });
  const redis = redisUrls.length === 0 ? null : await openRedis(config, redisUrls, observer);
  const open = (poolSize: number) =>
    openDatabase({
      url: databaseUrl,
      namespace,
      poolSize,
      readOnly,
      onError: (error) => observer.connectionLost('Postgres', error),
    });
  const database = open(config.databasePoolSize);
  const forSnapshots = open(snapshotConnections);
  return {
    store,
    redis,
    database,
    snapshots: new SnapshotTables(forSnapshots),
    async close() {
      await store.close();
      if (redis !== null) disconnectRedis(redis.servers);
      await Promise.all([database.close(), forSnapshots.close()]);
    },
  };
}

async function openRedis(
  { namespace, redisCommandTimeoutMs }: Config,
  urls: readonly string[],
  observer: ConnectionObserver,
): Promise<OpenRedis> {
  const servers = connectRedis({
    urls,
    namespace,
    commandTimeoutMs: redisCommandTimeoutMs,
    onError: observer.redisAway,
    onBack: observer.redisBack,
  });
  await settled(servers);
  return { servers, stock: new StockCache(servers) };
}
