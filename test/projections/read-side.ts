import { sql } from 'kysely';
import type { EventStore } from '../../src/event-store/event-store.js';
import { type Database, openDatabase } from '../../src/postgres/database.js';
import type { AppliedBatch, ProjectionObserver } from '../../src/projections/live/observer.js';
import { postgresReadModels } from '../../src/projections/live/postgres-read-models.js';
import { ProjectionRunner } from '../../src/projections/live/runner.js';
import { projections } from '../../src/projections/models/index.js';
import { migrate } from '../../src/projections/schema/migrations.js';
import { connectRedis, disconnectRedis, settled } from '../../src/redis/connect.js';
import { StockCache } from '../../src/redis/stock-cache.js';
import { openEventStore } from '../support/services.js';
import { type TestServers, testServers } from '../support/stack.js';

/** Creates a migrated schema. Lost connections are not reported here, since some tests cut them. */
export async function openMigrated(namespace: string, url = testServers().databaseUrl): Promise<Database> {
  const database = openDatabase({ url, namespace, poolSize: 4, onError: () => {} });
  await migrate(database);
  return database;
}

/** Resets all projections to the state before the first event. */
export async function forgetEverything({ kysely }: Database): Promise<void> {
  const tables = projections.flatMap((projection) => projection.tables).map((table) => sql.table(table));
  await sql`truncate ledger, ${sql.join(tables)}`.execute(kysely);
  await sql`update ledger_position set commit_position = null, prepare_position = null`.execute(kysely);
  await sql`update checkpoints set commit_position = null, prepare_position = null`.execute(kysely);
}

/** How many sessions of this schema wait for a lock. */
export async function waitingForRows({ kysely, schema }: Database): Promise<number> {
  const { rows } = await sql<{ waiting: number }>`
    select count(*)::integer as waiting from pg_stat_activity
    where application_name = ${`onsale/${schema}`} and wait_event_type = 'Lock'`.execute(kysely);
  return rows[0]?.waiting ?? 0;
}

export interface RecordedObserver {
  leading: boolean;
  readonly failures: { readonly part: string; readonly error: unknown }[];
  readonly applied: AppliedBatch[];
  readonly observer: ProjectionObserver;
}

export function recordingObserver(): RecordedObserver {
  const told: RecordedObserver = {
    leading: false,
    failures: [],
    applied: [],
    observer: {
      leading: (leading) => {
        told.leading = leading;
      },
      applied: (batch) => void told.applied.push(batch),
      failed: (part, error) => void told.failures.push({ part, error }),
    },
  };
  return told;
}

/** The read side of one process. Nothing runs before `start`. */
export async function openReadSide(namespace: string, servers: TestServers = testServers()) {
  const database = await openMigrated(namespace, servers.databaseUrl);
  const store: EventStore = openEventStore(namespace, servers.eventStoreUrl);
  const redis = connectRedis({
    urls: [servers.redisUrl],
    namespace,
    commandTimeoutMs: 1_000,
    onError: () => {},
  });
  await settled(redis);
  const cache = new StockCache(redis);
  const told = recordingObserver();
  const runner = new ProjectionRunner({
    ...{ store, readModels: postgresReadModels(database), cache, observer: told.observer },
  });
  return {
    database,
    store,
    redis,
    cache,
    told,
    runner,
    async close() {
      await runner.stop();
      await store.close();
      disconnectRedis(redis);
      await database.close();
    },
  };
}
