import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import pg from 'pg';
import { afterAll } from 'vitest';
import {
  type EventStoreServer,
  type EventStoreServerOptions,
  startEventStoreServer,
} from '../../../../dev-servers/event-store/grpc/server.js';
import { startPostgres } from '../../../../dev-servers/servers/postgres.js';
import { testServers, uniqueNamespace } from '../../../support/stack.js';

export interface TestPostgres {
  /** Makes an empty database; resolves with its connection string. */
  database(): Promise<string>;
  stop(): Promise<void>;
}

/** Databases for one test file, which go with it, on the Postgres of the run. */
export async function openTestPostgres(): Promise<TestPostgres> {
  const { databaseUrl } = testServers();
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const names: string[] = [];
  return {
    async database() {
      const name = `log_${uniqueNamespace()}`;
      await client.query(`create database ${name}`);
      names.push(name);
      return Object.assign(new URL(databaseUrl), { pathname: name }).href;
    },
    async stop() {
      for (const name of names) await client.query(`drop database ${name} with (force)`);
      await client.end();
    },
  };
}

/** A Postgres that a test may kill, in a folder that goes with it. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'event-store-test-'));
  const postgres = await startPostgres({ dataDir: folder, ephemeral: true });
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

/** A server, and a client of it, for the tests of one file, stopped behind them. */
export async function openTestStore() {
  const postgres = await openTestPostgres();
  const postgresUrl = await postgres.database();
  const store = await startTestStore({ postgresUrl });
  afterAll(async () => {
    await store.stop();
    await postgres.stop();
  });
  return { postgres, postgresUrl, store, client: store.connect() };
}
