import { type EventData, EventStoreDBClient, WrongExpectedVersionError } from '@eventstore/db-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { collect, newStream, noted, rejection } from './support/events.js';
import { type StoreProcess, startStoreProcess } from './support/process.js';
import { openTestPostgres, startTestPostgres, type TestPostgres } from './support/store.js';

const CLIENTS = 64;
const KILLS = 8;

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await openTestPostgres();
});
afterAll(() => postgres?.stop());

/** One client that appends to a stream of its own, and settles after a crash what became of its last append. */
class Lane {
  readonly stream = newStream();
  readonly acknowledged: string[] = [];
  private revision: bigint | 'no_stream' = 'no_stream';
  private unknown: EventData[] | undefined;

  /** Appends one after the other until the server is gone. */
  async run(client: EventStoreDBClient, gone: Promise<'gone'>, onAcknowledged: () => void): Promise<void> {
    for (;;) {
      this.unknown ??= noted(1 + (this.acknowledged.length % 3));
      const append = client.appendToStream(this.stream, this.unknown, { expectedRevision: this.revision });
      const outcome = await Promise.race([append.catch(unlessRefused), gone]);
      if (outcome === 'gone') return;
      this.acknowledged.push(...this.unknown.map(({ id }) => id));
      this.unknown = undefined;
      this.revision = outcome.nextExpectedRevision;
      onAcknowledged();
    }
  }

  /** The ids that must be in the log, and those that may be. */
  get fate() {
    return { certain: this.acknowledged, possible: this.unknown?.map(({ id }) => id) ?? [] };
  }
}

/** A refusal means that the log has lost, or has gained, what this lane alone writes. */
function unlessRefused(error: unknown): 'gone' {
  if (error instanceof WrongExpectedVersionError) throw error;
  return 'gone';
}

async function crash(store: StoreProcess, lanes: readonly Lane[], acknowledgements: number): Promise<void> {
  const clients = lanes.map(() => EventStoreDBClient.connectionString(store.connectionString));
  let count = 0;
  let kill: () => void = () => {};
  const killed = new Promise<void>((resolve) => {
    kill = resolve;
  });
  const gone = killed.then(() => store.kill('SIGKILL')).then(() => 'gone' as const);
  await Promise.all(
    lanes.map((lane, index) => {
      const client = clients[index];
      if (client === undefined) throw new Error('a lane without a client');
      return lane.run(client, gone, () => {
        if (++count === acknowledgements) kill();
      });
    }),
  );
  if (count < acknowledgements) throw new Error('The server was gone before it was killed');
  await gone;
  await Promise.all(clients.map((client) => client.dispose()));
}

test(`killed ${KILLS} times amid the appends of ${CLIENTS} clients, it has each acknowledged event exactly once`, async () => {
  const database = await postgres.database();
  const start = () => startStoreProcess(['--port', '0', '--postgres', database]);
  const lanes = Array.from({ length: CLIENTS }, () => new Lane());
  for (let round = 0; round < KILLS; round++) await crash(await start(), lanes, 70 + ((round * 53) % 250));

  const store = await start();
  const client = EventStoreDBClient.connectionString(store.connectionString);
  const logged = new Map<string, string[]>();
  for await (const { event } of client.readAll()) {
    if (event === undefined) throw new Error('an event is missing');
    const ids = logged.get(event.streamId) ?? [];
    expect(event.revision).toBe(BigInt(ids.length));
    logged.set(event.streamId, [...ids, event.id]);
  }
  for (const lane of lanes) {
    const { certain, possible } = lane.fate;
    const ids = logged.get(lane.stream) ?? [];
    expect([certain, [...certain, ...possible]]).toContainEqual(ids);
  }
  await client.dispose();
  expect(await store.kill('SIGTERM')).toEqual({ code: 0, signal: null });
});

test('with Postgres gone nothing is acknowledged, and the process ends', async () => {
  const other = await startTestPostgres();
  const store = await startStoreProcess(['--port', '0', '--postgres', await other.database()]);
  const client = EventStoreDBClient.connectionString(store.connectionString);
  await client.appendToStream(newStream(), noted(1));
  await other.stop();
  expect(await rejection(client.appendToStream(newStream(), noted(1)))).toMatchObject({ code: 14 });
  expect(await store.exited).toEqual({ code: 1, signal: null });
  await client.dispose();
});

test('after a restart positions go on where they ended', async () => {
  const database = await postgres.database();
  const positions: bigint[] = [];
  for (let start = 0; start < 3; start++) {
    const store = await startStoreProcess(['--port', '0', '--postgres', database]);
    const client = EventStoreDBClient.connectionString(store.connectionString);
    const { position } = await client.appendToStream('one', noted(2));
    if (position !== undefined) positions.push(position.commit);
    if (start === 2) expect((await collect(client.readStream('one'))).length).toBe(6);
    await client.dispose();
    await store.kill('SIGKILL');
  }
  expect(positions).toEqual(positions.toSorted((a, b) => (a < b ? -1 : 1)));
  expect(new Set(positions).size).toBe(3);
});
