import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import {
  type EventStoreServer,
  type EventStoreServerOptions,
  startEventStoreServer,
} from '../../../../src/embedded/event-store/server.js';
import { startPostgres } from '../../../../src/embedded/postgres.js';

export interface TestPostgres {
  /** Makes an empty database; resolves with its connection string. */
  database(): Promise<string>;
  stop(): Promise<void>;
}

/** A Postgres for one test file, in a folder that goes with it. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'event-store-test-'));
  const postgres = await startPostgres({ dataDir: folder });
  let count = 0;
  return {
    database: () => postgres.database(`test_${++count}`),
    stop: async () => {
      await postgres.stop();
      await rm(folder, { recursive: true });
    },
  };
}

export interface TestStore {
  readonly server: EventStoreServer;
  /** Another client of the server, disposed of with it. */
  connect(parameters?: string): EventStoreDBClient;
  stop(): Promise<void>;
}

/** A server in this process. */
export async function startTestStore(options: EventStoreServerOptions): Promise<TestStore> {
  const server = await startEventStoreServer(options);
  const clients: EventStoreDBClient[] = [];
  return {
    server,
    connect: (parameters = '') => {
      const client = EventStoreDBClient.connectionString(`${server.connectionString}${parameters}`);
      clients.push(client);
      return client;
    },
    stop: async () => {
      for (const client of clients) await client.dispose();
      await server.stop();
    },
  };
}
