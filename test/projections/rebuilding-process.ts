import { EventStore } from '../../src/event-store/event-store.js';
import { openDatabase } from '../../src/postgres/database.js';
import { projectionNames } from '../../src/projections/models/index.js';
import { rebuild } from '../../src/projections/rebuild/rebuild.js';

/** A process that rebuilds everything in small transactions. Prints a line for each, and the result. */
const [namespace = '', eventStoreUrl = '', databaseUrl = ''] = process.argv.slice(2);
const database = openDatabase({ url: databaseUrl, namespace, poolSize: 3, onError: console.error });
const store = new EventStore({
  connectionString: eventStoreUrl,
  namespace,
  append: { attemptMs: 2_000, totalMs: 10_000 },
  readPatienceMs: 10_000,
});
const result = await rebuild({
  database,
  store,
  names: projectionNames,
  maxBatch: 50,
  onProgress: ({ events }) => console.log(events),
});
console.log(result.kind);
await store.close();
await database.close();
