import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collect, noted, ofUsers } from './support/events.js';
import { exitOf, spawnStore, startStoreProcess } from './support/process.js';
import { openTestPostgres, type TestPostgres } from './support/store.js';

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await openTestPostgres();
});
afterAll(() => postgres?.stop());

async function outcome(args: readonly string[]) {
  const child = spawnStore(args);
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  return { ...(await exitOf(child)), output };
}

describe('the command', () => {
  test('prints its connection string first, and ends cleanly on SIGTERM and SIGINT', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const store = await startStoreProcess(['--postgres', await postgres.database()]);
      expect(store.connectionString).toMatch(/^esdb:\/\/127\.0\.0\.1:\d+\?tls=false$/);
      const client = EventStoreDBClient.connectionString(store.connectionString);
      const subscription = client.subscribeToAll().on('error', () => {});
      await client.appendToStream('one', noted(1));
      expect(await collect(ofUsers(subscription), 1)).toHaveLength(1);
      expect(await store.kill(signal)).toEqual({ code: 0, signal: null });
      await client.dispose();
    }
  });

  test('with --stop-with-parent ends when its standard input closes', async () => {
    const store = await startStoreProcess(['--stop-with-parent', '--postgres', await postgres.database()]);
    store.child.stdin?.end();
    expect(await store.exited).toEqual({ code: 0, signal: null });
  });

  test('with --data keeps its log in a folder, over restarts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'event-store-data-'));
    for (const expected of [1, 2]) {
      const store = await startStoreProcess(['--data', folder]);
      const client = EventStoreDBClient.connectionString(store.connectionString);
      await client.appendToStream('one', noted(1));
      expect(await collect(client.readStream('one'))).toHaveLength(expected);
      await client.dispose();
      expect(await store.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    }
    await rm(folder, { recursive: true });
  });

  test('refuses a log that another server owns', async () => {
    const database = await postgres.database();
    const store = await startStoreProcess(['--postgres', database]);
    const second = await outcome(['--postgres', database]);
    expect(second).toMatchObject({ code: 1 });
    expect(second.output).toContain('another event store server owns the log');
    const client = EventStoreDBClient.connectionString(store.connectionString);
    expect((await client.appendToStream('one', noted(1))).success).toBe(true);
    await client.dispose();
    await store.kill('SIGTERM');
  });

  test('explains itself, and says what is missing or wrong', async () => {
    expect(await outcome(['--help'])).toMatchObject({
      code: 0,
      output: expect.stringContaining('--postgres'),
    });
    const wrong = [[], ['--port', 'many'], ['--data', 'a', '--postgres', 'b'], ['--fast']];
    for (const told of await Promise.all(wrong.map(outcome)))
      expect(told).toMatchObject({ code: 1, output: expect.stringContaining('error: ') });
  });
});
