import { EventStore } from '../../src/event-store/event-store.js';
import { openDatabase } from '../../src/postgres/database.js';
import { postgresReadModels } from '../../src/projections/live/postgres-read-models.js';
import { ProjectionRunner } from '../../src/projections/live/runner.js';
import { migrate } from '../../src/projections/schema/migrations.js';
import { connectRedis } from '../../src/redis/connect.js';
import { StockCache } from '../../src/redis/stock-cache.js';

/**
 * A process that projects until it is killed, in small transactions, under a lease that expires soon after its death. Prints a
 * line for each transaction.
 */
const [namespace = '', eventStoreUrl = '', databaseUrl = '', redisUrl = ''] = process.argv.slice(2);
const database = openDatabase({ url: databaseUrl, namespace, poolSize: 3, onError: console.error });
await migrate(database);
const runner = new ProjectionRunner({
  store: new EventStore({
    connectionString: eventStoreUrl,
    namespace,
    append: { attemptMs: 2_000, totalMs: 10_000 },
    readPatienceMs: 10_000,
  }),
  readModels: postgresReadModels(database),
  cache: new StockCache(
    connectRedis({ urls: [redisUrl], namespace, commandTimeoutMs: 1_000, onError: console.error }),
  ),
  observer: {
    leading: () => {},
    applied: ({ events }) => console.log(events),
    failed: (part, error) => console.error(part, error),
  },
  maxBatch: 20,
  leaseTimes: { leaseMs: 1_000, renewEveryMs: 200 },
});
runner.start();
