import { type EventData, jsonEvent } from '@eventstore/db-client';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collect, newStream, noted } from './support/events.js';
import { openTestStore } from './support/store.js';

const { client, postgresUrl } = await openTestStore();

/** An append among many others that are under way at the same time. */
async function amongOthers(stream: string, events: EventData[]) {
  const others = Array.from({ length: 40 }, () => newStream());
  const good = (names: readonly string[]) => names.map((name) => client.appendToStream(name, noted(2)));
  const outcomes = [
    ...good(others.slice(0, 20)),
    client.appendToStream(stream, events),
    ...good(others.slice(20)),
  ];
  const settled = await Promise.allSettled(outcomes);
  const [bad] = settled.splice(20, 1);
  expect(new Set(settled.map(({ status }) => status))).toEqual(new Set(['fulfilled']));
  for (const other of others) expect(await collect(client.readStream(other))).toHaveLength(2);
  return bad;
}

describe('one bad append fails alone:', () => {
  test('a stream name that is too long', async () => {
    const bad = await amongOthers('x'.repeat(12_000), noted(1));
    expect(bad).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringContaining('BadRequest') },
    });
  });

  test('a stream name as long as can be is taken', async () => {
    const name = Array.from({ length: 2_048 / 32 }, () => newStream('').slice(1, 33)).join('');
    expect(name).toHaveLength(2_048);
    expect(await amongOthers(name, noted(1))).toMatchObject({ status: 'fulfilled' });
    expect(await collect(client.readStream(name))).toHaveLength(1);
  });

  describe('an event', () => {
    const postgres = new pg.Client({ connectionString: postgresUrl });
    beforeEach(async () => {
      await postgres.connect();
      await postgres.query(`
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.type = 'Unstorable' THEN RAISE 'this cannot be stored' USING ERRCODE = '54000'; END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON event_store.events FOR EACH ROW EXECUTE FUNCTION refuse()`);
    });
    afterEach(async () => {
      await postgres.query('DROP FUNCTION refuse CASCADE');
      await postgres.end();
    });

    test('that Postgres does not take', async () => {
      const bad = await amongOthers(newStream(), [jsonEvent({ type: 'Unstorable', data: {} })]);
      expect(bad).toMatchObject({
        status: 'rejected',
        reason: { message: expect.stringContaining('BadRequest') },
      });
    });
  });
});
