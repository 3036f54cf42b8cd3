import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { expect, test } from 'vitest';
import { EventStoreUnavailable } from '../../../src/domain/log/errors.js';
import { EventStore } from '../../../src/event-store/event-store.js';
import { scheduled } from '../../domain/concert-events.js';
import { uniqueNamespace } from '../../support/stack.js';
import { untilAsync } from '../../support/until.js';
import { openTestStore } from './support/store.js';

const { store, postgresUrl } = await openTestStore();

test('a store whose disk is full is not ready although it answers reads, and is ready when appends work again', async () => {
  const postgres = new pg.Client({ connectionString: postgresUrl });
  await postgres.connect();
  const events = new EventStore({
    connectionString: store.server.connectionString,
    namespace: uniqueNamespace(),
    append: { attemptMs: 20_000, totalMs: 200 },
    readPatienceMs: 1_000,
  });
  const concertId = randomUUID();
  const append = (revision: bigint) =>
    events.append(concertId, revision, [{ id: randomUUID(), event: scheduled() }]);
  expect(await append(-1n)).toMatchObject({ kind: 'appended' });
  const ready = () =>
    events.ping().then(
      () => true,
      () => false,
    );
  await untilAsync(ready, 'the store to be ready');

  await postgres.query(`
    CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
    CREATE TRIGGER full_disk BEFORE INSERT ON event_store.events FOR EACH ROW EXECUTE FUNCTION full_disk()`);
  expect(await append(0n)).toMatchObject({ kind: 'unknown' });
  expect((await events.readLast(concertId))?.revision).toBe(0n);
  for (let time = 0; time < 3; time++) await expect(events.ping()).rejects.toThrow(EventStoreUnavailable);

  await postgres.query('DROP FUNCTION full_disk CASCADE');
  await untilAsync(
    async () => (await Promise.all([ready(), ready(), ready()])).every(Boolean),
    'it to be ready',
  );
  const { rows } = await postgres.query(`select from event_store.events where type = 'AppendsWorkAgain'`);
  expect(rows).toHaveLength(1);
  expect(await append(0n)).toMatchObject({ kind: 'appended' });
  await events.close();
  await postgres.end();
});
