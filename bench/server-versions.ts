import { Redis } from 'ioredis';
import pg from 'pg';
import type { Servers } from './servers.js';

/** What runs, and whether it was started here. */
export async function serverVersions({
  eventStoreUrl: _,
  redisUrl,
  databaseUrl,
  pids,
}: Servers): Promise<Record<string, string>> {
  const where = (own: readonly number[]) => (own.length > 0 ? ', embedded' : ', given');
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  const { rows } = await database.query<{ server_version: string }>('show server_version');
  await database.end();
  const redis = new Redis(redisUrl.split(',')[0] ?? redisUrl);
  const info = await redis.info('server');
  redis.disconnect();
  return {
    'event store': pids.eventStore.length > 0 ? 'embedded' : 'given',
    Postgres: `${rows[0]?.server_version}${where(pids.postgres)}`,
    Redis: `${/redis_version:(\S+)/.exec(info)?.[1]}${where(pids.redis)}`,
  };
}
