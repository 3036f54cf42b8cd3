import { EventStoreDBClient } from '@eventstore/db-client';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { EventStoreUnavailable } from '../../src/domain/log/errors.js';
import { streamNames } from '../../src/event-store/stream-names.js';
import { PoisonEvent } from '../../src/projections/apply/poison.js';
import { projectionNames } from '../../src/projections/models/index.js';
import { listParked, retryParked } from '../../src/projections/operations/retry-parked.js';
import {
  listSkipped,
  skipParked,
  unskip,
  unskipAll,
} from '../../src/projections/operations/skipped-events.js';
import { projectionStatus } from '../../src/projections/operations/status.js';
import { ReadModels } from '../../src/projections/queries/read-models.js';
import { rebuild } from '../../src/projections/rebuild/rebuild.js';
import { auditConcert } from '../../src/replay/audit/audit.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { actualRows, expectedRows } from './expected-rows.js';
import { openReadSide } from './read-side.js';
import { record, saleOf, toRecorded } from './sale.js';

let side: Awaited<ReturnType<typeof openReadSide>>;
let models: ReadModels;
let namespace: string;
beforeEach(async () => {
  namespace = uniqueNamespace();
  side = await openReadSide(namespace);
  models = new ReadModels(side.database, () => {});
});
afterEach(() => side.close());

const first = { limit: 1_000, cursor: null };
const stateOf = async (name: string) =>
  (await projectionStatus(side.database)).find((status) => status.name === name);

test('an unknown event is parked with the rest of its concert, other concerts go on, and a skip releases it', async () => {
  const good = saleOf('good', 60);
  const bad = saleOf('bad', 60);
  const unknown: ConcertEvent = JSON.parse('{"type":"TicketGilded","data":{"concertId":"bad"}}');
  const withUnknown = [...bad.slice(0, 40), unknown, ...bad.slice(40)];
  await record(side.store, 'bad', withUnknown);
  side.runner.start();
  await expect
    .poll(() => listParked(side.database), { timeout: 50_000 })
    .toHaveLength(projectionNames.length);
  const last = await record(side.store, 'good', good, 5);
  expect(await models.waitFor('good', last, 20_000, 'tickets')).toBe(true);
  expect(await models.waitFor('bad', 41n, 0)).toBe(false);

  const parked = await listParked(side.database);
  expect(parked).toHaveLength(projectionNames.length);
  expect(parked).toContainEqual(
    expect.objectContaining({ projection: 'tickets', concertId: 'bad', revision: 40n }),
  );
  expect(await stateOf('tickets')).toMatchObject({
    state: 'active',
    parkedConcerts: 1,
    parkedEvents: BigInt(withUnknown.length - 40),
  });
  const untilThere = expectedRows([
    ...toRecorded('good', good),
    ...toRecorded('bad', withUnknown).slice(0, 40),
  ]);
  expect(await actualRows(side.database)).toEqual(untilThere);

  for (const { projection } of parked) {
    expect(await retryParked(side.database, side.store, projection, 'bad')).toMatchObject({
      kind: 'still-parked',
      taken: 0,
    });
    expect(await skipParked(side.database, side.store, projection, 'bad', 40n)).toEqual({
      kind: 'released',
      taken: withUnknown.length - 41,
    });
  }
  const recorded = toRecorded('bad', withUnknown).filter(({ event }) => event !== unknown);
  expect(await actualRows(side.database)).toEqual(expectedRows([...toRecorded('good', good), ...recorded]));
  expect(await listParked(side.database)).toEqual([]);

  const { database, store } = side;
  expect(await rebuild({ database, store, names: ['tickets', 'concerts'] })).toMatchObject({ kind: 'done' });
  expect(await actualRows(side.database)).toEqual(expectedRows([...toRecorded('good', good), ...recorded]));
});

test('an event that Postgres refuses is parked, later ones are held back, and a retry applies them all', async () => {
  const events = saleOf('fussy', 80);
  await sql`alter table tickets add constraint no_seven check (number <> 7)`.execute(side.database.kysely);
  side.runner.start();
  const half = await record(side.store, 'fussy', events.slice(0, 50), 6);
  expect(await models.waitFor('fussy', half, 20_000)).toBe(true);
  expect(await models.waitFor('fussy', half, 0, 'tickets')).toBe(false);
  const last = await record(side.store, 'fussy', events, 6, 50);
  expect(await models.waitFor('fussy', last, 20_000)).toBe(true);
  expect((await models.tickets('fussy', first)).items.map(({ number }) => number)).toEqual([
    1, 2, 3, 4, 5, 6,
  ]);
  expect(await listParked(side.database)).toMatchObject([
    { projection: 'tickets', concertId: 'fussy', eventType: 'TicketReserved' },
  ]);

  await sql`alter table tickets drop constraint no_seven`.execute(side.database.kysely);
  expect(await retryParked(side.database, side.store, 'tickets', 'fussy')).toMatchObject({
    kind: 'released',
  });
  expect(await models.waitFor('fussy', last, 20_000, 'tickets')).toBe(true);
  expect(await actualRows(side.database)).toEqual(expectedRows(toRecorded('fussy', events)));
  expect(await retryParked(side.database, side.store, 'tickets', 'fussy')).toEqual({ kind: 'not-parked' });
});

test('a rebuild stops at a poison event, names it, and leaves the live tables alone', async () => {
  const bad = saleOf('bad', 20);
  const unknown: ConcertEvent = JSON.parse('{"type":"TicketGilded","data":{"concertId":"bad"}}');
  await record(side.store, 'bad', [...bad.slice(0, 10), unknown]);
  side.runner.start();
  await expect
    .poll(() => listParked(side.database), { timeout: 50_000 })
    .toHaveLength(projectionNames.length);
  const before = await actualRows(side.database);
  const { database, store } = side;
  const rebuilding = rebuild({ database, store, names: ['purchases'] });
  await expect(rebuilding).rejects.toThrow(PoisonEvent);
  await expect(rebuilding).rejects.toThrow(
    /purchases cannot apply event .* \(TicketGilded, concert bad, revision 10\)/,
  );
  expect(await stateOf('purchases')).toMatchObject({
    state: 'error',
    problem: expect.stringContaining('TicketGilded'),
  });
  expect(await actualRows(side.database)).toEqual(before);
});

/** A concert with an event unknown to every version at revision 10, parked in every projection. */
async function parkedAtTen() {
  const bad = saleOf('bad', 20);
  const unknown: ConcertEvent = JSON.parse('{"type":"TicketGilded","data":{"concertId":"bad"}}');
  const all = [...bad.slice(0, 10), unknown, ...bad.slice(10)];
  await record(side.store, 'bad', all);
  side.runner.start();
  await expect
    .poll(() => listParked(side.database), { timeout: 50_000 })
    .toHaveLength(projectionNames.length);
  const recorded = toRecorded('bad', all).filter(({ event }) => event !== unknown);
  return { last: BigInt(all.length - 1), expected: expectedRows(recorded) };
}

const auditOf = async (concertId: string) => {
  const sources = { store: side.store, database: side.database, stock: side.cache };
  const audit = await auditConcert(sources, concertId);
  return audit?.findings.find(({ invariant }) => invariant === 'I10');
};

test('a skip that fails changes nothing, and its repetition skips the named event and no other', async () => {
  const { expected } = await parkedAtTen();
  const failing = {
    read: () => {
      throw new EventStoreUnavailable('the store is away');
    },
  };
  const skip = (store: Pick<typeof side.store, 'read'>, revision: bigint) =>
    skipParked(side.database, store, 'tickets', 'bad', revision);
  await expect(skip(failing, 10n)).rejects.toThrow(EventStoreUnavailable);
  expect(await listSkipped(side.database)).toEqual([]);
  expect(await skip(side.store, 11n)).toEqual({ kind: 'other-revision', revision: 10n });

  let calls = 0;
  const failingLater: Pick<typeof side.store, 'read'> = {
    read: (...args: Parameters<typeof side.store.read>) => {
      calls += 1;
      if (calls > 1) return failing.read();
      const [concertId, from] = args;
      return side.store.read(concertId, from, 3);
    },
  };
  await expect(skip(failingLater, 10n)).rejects.toThrow(EventStoreUnavailable);
  expect(await skip(side.store, 10n)).toMatchObject({ kind: 'released' });
  expect(await skip(side.store, 10n)).toEqual({ kind: 'released', taken: 0 });
  expect(await listSkipped(side.database)).toMatchObject([
    { projection: 'tickets', concertId: 'bad', revision: 10n, undoneAt: null },
  ]);
  expect((await actualRows(side.database)).tickets).toEqual(expected.tickets);
});

test('a retry or skip at a revision that the log does not have says so and ends', async () => {
  await parkedAtTen();
  await sql`update parked set revision = 500, last_revision = 502`.execute(side.database.kysely);
  const notInLog = { kind: 'not-in-log', taken: 0, revision: 500n };
  expect(await retryParked(side.database, side.store, 'tickets', 'bad')).toEqual(notInLog);
  expect(await skipParked(side.database, side.store, 'tickets', 'bad', 500n)).toEqual(notInLog);
});

test('a skip is a finding of the audit until it is undone and a rebuild has applied the event', async () => {
  const bad = saleOf('bad', 20);
  await sql`alter table tickets add constraint no_seven check (number <> 7)`.execute(side.database.kysely);
  const last = await record(side.store, 'bad', bad);
  side.runner.start();
  await expect.poll(() => listParked(side.database), { timeout: 50_000 }).toHaveLength(1);
  const [{ revision } = { revision: -1n }] = await listParked(side.database);
  const { database, store } = side;
  expect(await skipParked(database, store, 'tickets', 'bad', revision)).toMatchObject({ kind: 'released' });
  for (const name of projectionNames) {
    expect(await models.waitFor('bad', last, 20_000, name)).toBe(true);
  }
  expect(await auditOf('bad')).toMatchObject({
    verdict: 'violated',
    violations: 1,
    examples: [expect.stringContaining(`tickets skips revision ${revision}`)],
  });
  expect(await unskip(database, 'tickets', 'bad', revision)).toEqual({ kind: 'undone' });
  expect(await unskip(database, 'tickets', 'bad', revision)).toEqual({ kind: 'not-skipped' });
  expect(await auditOf('bad')).toMatchObject({ verdict: 'violated', violations: 1 });
  expect(await rebuild({ database, store, names: ['tickets'] })).toMatchObject({
    kind: 'done',
    differences: [],
  });
  expect(await listSkipped(database)).toEqual([]);
  expect(await auditOf('bad')).toMatchObject({ verdict: 'pass' });
  expect(await actualRows(database)).toEqual(expectedRows(toRecorded('bad', bad)));
});

test('a skip is not undone while a rebuild without the event is under way', async () => {
  await parkedAtTen();
  const { database, store } = side;
  expect(await skipParked(database, store, 'tickets', 'bad', 10n)).toMatchObject({ kind: 'released' });
  const stopped = new AbortController();
  stopped.abort();
  const options = { database, store, names: ['tickets'] as const };
  expect(await rebuild({ ...options, signal: stopped.signal })).toMatchObject({ kind: 'interrupted' });
  expect(await unskip(database, 'tickets', 'bad', 10n)).toEqual({ kind: 'building' });
  expect(await unskipAll(database, ['tickets'])).toEqual({ kind: 'building' });
  expect(await rebuild(options)).toMatchObject({ kind: 'done' });
  expect(await unskipAll(database, ['tickets'])).toEqual({ kind: 'undone' });
  await expect(rebuild(options)).rejects.toThrow(PoisonEvent);
});

test('a concert whose stream was deleted for ever is parked, and the others go on', async () => {
  const good = saleOf('good', 60);
  await record(side.store, 'gone', saleOf('gone', 20));
  const before = await record(side.store, 'good', good.slice(0, 30));
  side.runner.start();
  expect(await models.waitFor('good', before, 50_000, 'tickets')).toBe(true);
  const client = EventStoreDBClient.connectionString(testServers().eventStoreUrl);
  await client.tombstoneStream(streamNames(namespace).of('gone'));
  await client.dispose();
  await expect
    .poll(() => listParked(side.database), { timeout: 50_000 })
    .toHaveLength(projectionNames.length);
  const tombstone = { concertId: 'gone', revision: 2n ** 63n - 1n };
  expect(await listParked(side.database)).toContainEqual(expect.objectContaining(tombstone));
  const last = await record(side.store, 'good', good, 500, 30);
  expect(await models.waitFor('good', last, 20_000, 'tickets')).toBe(true);
});
