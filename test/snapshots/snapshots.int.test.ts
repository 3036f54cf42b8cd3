import { randomUUID } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { type Concert, emptyConcert, fold } from '../../src/domain/concert.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { SNAPSHOT_SHAPE } from '../../src/domain/state/snapshot/snapshot.js';
import { EventStore } from '../../src/event-store/event-store.js';
import { SnapshotTables } from '../../src/snapshots/snapshot-tables.js';
import { Relay } from '../../torture/cluster/relay.js';
import { kill, killAll, linesOf, startChild } from '../projections/child.js';
import { record, saleOf } from '../projections/sale.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { buy, type Process, startProcess } from './support.js';

const events = saleOf('metal', 1_500);
const nextNumber = 1_501;
const last = BigInt(events.length - 1);
const never = new AbortController().signal;

let namespace: string;
/** Has recorded the concert, and looks on. */
let office: Process;
const running: Process[] = [];

async function start(servers = testServers(), more: Parameters<typeof startProcess>[2] = {}) {
  const side = await startProcess(namespace, servers, more);
  running.push(side);
  return side;
}

beforeEach(async () => {
  namespace = uniqueNamespace();
  office = await start();
  await record(office.store, 'metal', events);
});
afterEach(killAll);
afterAll(() => Promise.all(running.map((side) => side.close())));

const tables = () => new SnapshotTables(office.database);
const storedRevision = async () => (await tables().head('metal'))?.revision;

/** A process sells one ticket and stops; it leaves a snapshot of the revision after `last`. */
async function leaveSnapshot(): Promise<void> {
  const side = await startProcess(namespace);
  expect(await buy(side, 'metal', 'ann')).toBe(nextNumber);
  await side.close();
  expect(side.counts).toMatchObject({ snapshotSaved: 1, snapshotSaveFailed: 0 });
  expect(await storedRevision()).toBe(last + 1n);
}

/** A process, and the revisions from which it reads the log. */
async function startRecording() {
  const begins: bigint[] = [];
  class Recording extends EventStore {
    override read(concertId: string, from: bigint, maxCount?: number) {
      if (maxCount !== 1) begins.push(from);
      return super.read(concertId, from, maxCount);
    }
  }
  return { side: await start(testServers(), { parts: { EventStore: Recording } }), begins };
}

test('the first purchase after a restart reads the log from the snapshot on', async () => {
  await leaveSnapshot();
  const { side, begins } = await startRecording();
  expect(await buy(side, 'metal', 'bob')).toBe(nextNumber + 1);
  expect(side.counts).toMatchObject({ snapshotUsed: 1, snapshotIgnored: 0, appendConflicted: 0 });
  // The last event of the snapshot is read again, to check that the log has it.
  expect(begins).toEqual([last + 1n]);
});

test('a process that is far behind what others have sold reads the log from the snapshot on', async () => {
  const all = saleOf('long', 6_000);
  const { side, begins } = await startRecording();
  await record(office.store, 'long', all.slice(0, 1_000));
  await side.commands.load('long');
  await record(office.store, 'long', all, 500, 1_000);
  const other = await startProcess(namespace);
  await buy(other, 'long', 'ann');
  await other.close();
  expect(await buy(side, 'long', 'bob')).toBe(6_002);
  // The other process took its snapshot when it had loaded the concert.
  expect(begins).toEqual([0n, BigInt(all.length - 1)]);
});

test('a process takes a snapshot of a long log while it sells', async () => {
  await record(office.store, 'long', saleOf('long', 10_000));
  const side = await start();
  await buy(side, 'long', 'ann');
  await expect.poll(() => side.counts.snapshotSaved, { timeout: 50_000 }).toBe(1);
  const stored = await tables().head('long');
  const event = await side.log.eventAt('long', stored?.revision ?? 0n);
  expect(stored).toMatchObject({ eventId: event?.id, shape: SNAPSHOT_SHAPE });
});

const damages: readonly [string, RawBuilder<unknown>][] = [
  ['of another log', sql`update snapshots set event_id = 'of-another-log'`],
  ['of another version', sql`update snapshots set shape = '0/1'`],
  ['ahead of the log', sql`update snapshots set revision = revision + 100`],
  ['that cannot be read', sql`update snapshot_parts set content = left(content, 1000)`],
  ['with a missing part', sql`delete from snapshot_parts where part = 1`],
  ['without parts', sql`delete from snapshot_parts`],
  [
    'with a wrong revision',
    sql`update snapshot_parts set content = replace(content, ${`,${last + 1n},`}, ',7,')`,
  ],
];

test.each(damages)('a snapshot %s is ignored, and a valid one replaces it', async (_, damage) => {
  await leaveSnapshot();
  await damage.execute(office.database.kysely);
  const side = await startProcess(namespace);
  expect(await buy(side, 'metal', 'bob')).toBe(nextNumber + 1);
  expect(side.counts).toMatchObject({ snapshotUsed: 0, snapshotIgnored: 1 });
  await side.close();
  expect(side.counts).toMatchObject({ snapshotSaved: 1, snapshotSaveFailed: 0 });
  const next = await start();
  expect(await buy(next, 'metal', 'cem')).toBe(nextNumber + 2);
  expect(next.counts).toMatchObject({ snapshotUsed: 1, snapshotIgnored: 0 });
});

test('without Postgres the whole log is read, and sales continue', async () => {
  await leaveSnapshot();
  const url = new URL(testServers().databaseUrl);
  const relay = await Relay.open(url.hostname, Number(url.port));
  url.host = `127.0.0.1:${relay.port}`;
  const side = await startProcess(namespace, { ...testServers(), databaseUrl: url.href });
  relay.cut();
  expect(await buy(side, 'metal', 'bob')).toBe(nextNumber + 1);
  await side.close();
  expect(side.counts).toMatchObject({ snapshotIgnored: 1, snapshotSaved: 0, snapshotSaveFailed: 1 });
  await relay.close();
});

test('a snapshot that Postgres does not return in time is left out', async () => {
  await leaveSnapshot();
  const side = await start();
  await office.database.kysely.transaction().execute(async (transaction) => {
    await sql`lock table snapshots in access exclusive mode`.execute(transaction);
    expect(await buy(side, 'metal', 'bob')).toBe(nextNumber + 1);
  });
  expect(side.counts).toMatchObject({ snapshotUsed: 0, snapshotIgnored: 1 });
});

test('the longer the log, the longer Postgres may take to say whether there is a snapshot', async () => {
  await leaveSnapshot();
  const asked = await office.database.kysely.transaction().execute(async (transaction) => {
    await sql`lock table snapshots in access exclusive mode`.execute(transaction);
    const ofLongLog = tables().head('metal', 1_000_000n);
    await expect(tables().head('metal', last)).rejects.toThrow('did not answer');
    return { ofLongLog };
  });
  expect((await asked.ofLongLog)?.revision).toBe(last + 1n);
});

test('an older state never replaces a newer one, in any order of writing', async () => {
  const states = [1_100, 1_200, 1_300, 1_400].map((count) =>
    fold(emptyConcert('metal'), events.slice(0, count)),
  );
  for (let round = 0; round < 4; round++) {
    await sql`delete from snapshots`.execute(office.database.kysely);
    const mixed = [...states.slice(round), ...states.slice(0, round)];
    const taken = await Promise.all(mixed.map((state) => tables().take(state, 'some event', null, never)));
    const revisions = mixed.flatMap(({ revision }, i) => (taken[i] ? [Number(revision)] : []));
    const stored = await tables().head('metal');
    expect(Number(stored?.revision)).toBe(Math.max(...revisions));
    const [oldest] = states;
    if (oldest !== undefined) expect(await tables().take(oldest, 'some event', null, never)).toBe(false);
    if (stored !== null) expect((await tables().load(stored))?.revision).toBe(stored.revision);
  }
});

const stateAt = (count: number) => fold(emptyConcert('metal'), events.slice(0, count));

/** @param base revision of the snapshot to continue, null for none */
const take = (concert: Concert, base: bigint | null) => {
  const { concertId } = concert;
  const named = (revision: bigint) => `event ${revision}`;
  const head =
    base === null ? null : { concertId, revision: base, eventId: named(base), shape: SNAPSHOT_SHAPE };
  return tables().take(concert, named(concert.revision), head, never);
};

async function expectStored(concert: Concert): Promise<void> {
  const head = await tables().head('metal');
  if (head === null) throw new Error('nothing was saved');
  const loaded = await tables().load(head);
  expect(new Map(loaded?.purchases)).toEqual(new Map(concert.purchases));
  expect(new Map(loaded?.holdings)).toEqual(new Map(concert.holdings));
}

test('a state is appended to the snapshot it continues, and is written whole after any other', async () => {
  const bytes = async () => Number((await tables().list())[0]?.bytes);
  await take(stateAt(1_200), null);
  const atFirst = await bytes();
  expect(await take(stateAt(1_203), 1_199n)).toBe(true);
  expect((await bytes()) - atFirst).toBeLessThan(1_000);
  await expectStored(stateAt(1_203));
  const [purchase] = stateAt(1_203).purchases.values();
  if (purchase === undefined) throw new Error('there are purchases');
  const foreign = { ...purchase, purchaseId: 'foreign', revision: 1_205n, lastRevision: 1_205n };
  const ofAnotherLog = { ...stateAt(1_206), purchases: stateAt(1_206).purchases.set('foreign', foreign) };
  expect(await tables().take(ofAnotherLog, 'of another log', null, never)).toBe(true);
  expect(await take(stateAt(1_209), 1_205n)).toBe(true);
  await expectStored(stateAt(1_209));
});

test('a state saved in too many parts is written whole again', async () => {
  await take(stateAt(1_200), null);
  for (let count = 1_201; count <= 1_240; count++) {
    expect(await take(stateAt(count), BigInt(count - 2))).toBe(true);
  }
  await expectStored(stateAt(1_240));
  const { rows } = await sql<{
    parts: number;
  }>`select count(*)::integer as parts from snapshot_parts`.execute(office.database.kysely);
  expect(rows[0]?.parts).toBeLessThan(40);
});

test('a process killed while it takes a snapshot leaves the previous one whole', async () => {
  await leaveSnapshot();
  const former = await tables().head('metal');
  if (former === null) throw new Error('there is one');
  const state = await tables().load(former);
  await changeOften(1_100);
  const { kysely } = office.database;
  await sql`
    create function wait_there() returns trigger language plpgsql as
      'begin perform pg_advisory_xact_lock(hashtextextended(tg_table_schema, 7)); return new; end'`.execute(
    kysely,
  );
  await sql`create trigger wait_there before insert on snapshot_parts for each row when (new.part > 0) execute function wait_there()`.execute(
    kysely,
  );
  await kysely.transaction().execute(async (transaction) => {
    // The process may take longer to start than a transaction may be idle.
    await sql`set local idle_in_transaction_session_timeout = 0`.execute(transaction);
    await sql`select pg_advisory_xact_lock(hashtextextended(${office.database.schema}, 7))`.execute(
      transaction,
    );
    const child = startChild('../snapshots/taking-process', namespace);
    await linesOf(child, 1);
    await expect.poll(waiting, { timeout: 50_000 }).toBe(1);
    await kill(child);
  });
  await sql`drop trigger wait_there on snapshot_parts`.execute(kysely);
  expect(await tables().head('metal')).toEqual(former);
  const kept = await tables().load(former);
  expect(new Map(kept?.purchases)).toEqual(new Map(state?.purchases));
});

/** Moves the log on, by changes of the capacity, so that a stop takes a snapshot. */
async function changeOften(times: number): Promise<void> {
  const changes = Array.from({ length: times }, (_, i): ConcertEvent => {
    const capacity = 2_000 + (i % 2);
    return {
      type: 'CapacityChanged',
      data: {
        concertId: 'metal',
        capacity,
        previousCapacity: capacity,
        changedAt: '2026-03-01T12:00:00.000Z',
      },
    };
  });
  const named = changes.map((event) => ({ id: randomUUID(), event }));
  for (let i = 0; i < times; i += 500) {
    const appended = await office.store.append('metal', 'any', named.slice(i, i + 500));
    expect(appended.kind).toBe('appended');
  }
}

/** How many processes of this schema wait for a lock. */
async function waiting(): Promise<number> {
  const { kysely, schema } = office.database;
  const { rows } = await sql<{ waiting: number }>`
    select count(*)::integer as waiting from pg_stat_activity
    where application_name = ${`onsale/${schema}`} and wait_event_type = 'Lock'`.execute(kysely);
  return rows[0]?.waiting ?? 0;
}
