import { afterAll, describe } from 'vitest';
import type { Database } from '../../src/postgres/database.js';
import { postgresReadModels } from '../../src/projections/live/postgres-read-models.js';
import { resetProjection } from '../../src/projections/operations/pause-resume-reset.js';
import { openMigrated } from '../projections/read-side.js';
import { uniqueNamespace } from '../support/stack.js';
import { readModelStoreContract } from './read-model-store.js';

const open: Database[] = [];
afterAll(() => Promise.all(open.map((database) => database.close())));

describe('the read models in Postgres', () => {
  readModelStoreContract(async () => {
    const database = await openMigrated(uniqueNamespace());
    open.push(database);
    return {
      store: postgresReadModels(database),
      reset: async (name) => void (await resetProjection(database, name)),
    };
  });
});
