import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { purchaseIdOf } from '../../src/domain/ids.js';
import { projectionNames } from '../../src/projections/models/index.js';
import {
  pauseProjection,
  resetProjection,
  resumeProjection,
} from '../../src/projections/operations/pause-resume-reset.js';
import { listParked, retryParked } from '../../src/projections/operations/retry-parked.js';
import { projectionStatus } from '../../src/projections/operations/status.js';
import { ReadModels } from '../../src/projections/queries/read-models.js';
import { rebuild } from '../../src/projections/rebuild/rebuild.js';
import { auditConcert } from '../../src/replay/audit/audit.js';
import { concertTerms } from '../support/services.js';
import { uniqueNamespace } from '../support/stack.js';
import { actualRows, expectedRows } from './expected-rows.js';
import { openReadSide } from './read-side.js';
import { record, toRecorded } from './sale.js';

/** Cancellations that no decider writes. They release the tickets that the fold of the log says, not those that they state. */

const concertId = 'rock';
const at = (second: number) => new Date(Date.parse('2026-03-01T10:00:00Z') + second * 1_000).toISOString();
const scheduled: ConcertEvent = {
  type: 'ConcertScheduled',
  data: {
    ...concertTerms(concertId, { capacity: 9, vipSeats: 2, ticketsPerCustomer: 4 }),
    scheduledAt: at(0),
  },
};
const of = (key: string) => ({ concertId, purchaseId: purchaseIdOf(concertId, key), customerId: key });
const sold = (key: string, ticketNumber: number): ConcertEvent => ({
  type: 'TicketReserved',
  data: { ...of(key), ticketNumber, idempotencyKey: key, arrivedAt: at(1), decidedAt: at(1) },
});
const seated = (key: string, ticketNumber: number, seat: string): ConcertEvent => ({
  type: 'VipAssigned',
  data: { ...of(key), ticketNumber, seat },
});
const cancelled = (key: string, ticketNumbers: number[], seats: string[] = [], second = 2): ConcertEvent => ({
  type: 'PurchaseCancelled',
  data: { ...of(key), ticketNumbers, seats, cancelledAt: at(second) },
});

/** Ann has two tickets, one of them with a seat, Bob has one. */
const sale = [scheduled, sold('ann', 1), seated('ann', 1, 'VIP-1'), sold('ann', 2), sold('bob', 3)];
const never = cancelled('eve', [1, 2, 3], ['VIP-1']);
const ofAnn = cancelled('ann', [1, 2], ['VIP-1']);

let side: Awaited<ReturnType<typeof openReadSide>>;
let models: ReadModels;
let log: ConcertEvent[];
beforeEach(async () => {
  side = await openReadSide(uniqueNamespace());
  models = new ReadModels(side.database, () => {});
  log = [];
});
afterEach(() => side.close());

/** Appends, and waits until it is projected. */
async function append(events: readonly ConcertEvent[], names = projectionNames): Promise<void> {
  const from = log.length;
  log.push(...events);
  const last = await record(side.store, concertId, log, 500, from);
  for (const name of names) expect(await models.waitFor(concertId, last, 20_000, name)).toBe(true);
}

async function expectFold(stockSold: number): Promise<void> {
  const rows = await actualRows(side.database);
  expect(rows).toEqual(expectedRows(toRecorded(concertId, log)));
  expect(rows.stock).toMatchObject([{ sold: stockSold }]);
  await expect
    .poll(() => side.cache.get(concertId), { timeout: 10_000 })
    .toMatchObject({
      remaining: 9 - stockSold,
      revision: BigInt(log.length - 1),
    });
  const audited = await auditConcert(
    { store: side.store, database: side.database, stock: side.cache },
    concertId,
  );
  const verdicts = audited?.findings.map(({ invariant, verdict }) => [invariant, verdict]);
  expect(Object.fromEntries(verdicts ?? [])).toMatchObject({ I10: 'pass', I11: 'pass' });
}

const rebuildOf = (names = projectionNames) =>
  rebuild({ database: side.database, store: side.store, names, maxBatch: 3 });

test('a cancellation of a purchase that was never made changes nothing', async () => {
  side.runner.start();
  await append([...sale, never]);
  await expectFold(3);
  await append([never, sold('cid', 4)]);
  await expectFold(4);
});

test('of two cancellations in one batch the first counts', async () => {
  await record(side.store, concertId, [...sale, ofAnn, ofAnn]);
  log = [...sale, ofAnn, ofAnn];
  side.runner.start();
  await append([]);
  await expectFold(1);
});

test('of two cancellations in two batches the first counts', async () => {
  side.runner.start();
  await append(sale);
  await append([ofAnn]);
  await append([ofAnn, sold('cid', 4)]);
  await expectFold(2);
});

test('a cancellation that states other tickets and seats than the purchase has releases the real ones', async () => {
  side.runner.start();
  await append([...sale, cancelled('ann', [3, 7, 8, 9], ['VIP-2', 'VIP-9'])]);
  await expectFold(1);
  await append([cancelled('bob', [])]);
  await expectFold(0);
});

test('a purchase that is cancelled, sold again and cancelled again releases each ticket once', async () => {
  side.runner.start();
  await append([...sale, ofAnn]);
  await append([sold('ann', 4)]);
  await append([seated('ann', 4, 'VIP-1'), sold('ann', 5)]);
  await expectFold(3);
  await append([cancelled('ann', [1, 2, 4, 5], ['VIP-1', 'VIP-1'], 3), ofAnn]);
  await expectFold(1);
});

test('a cancellation during a pause of `tickets` is applied when it is resumed', async () => {
  side.runner.start();
  await append(sale);
  await pauseProjection(side.database, 'tickets');
  const others = projectionNames.filter((name) => name !== 'tickets');
  await append([never, ofAnn, ofAnn], others);
  await append([sold('ann', 4), cancelled('ann', [4])], others);
  await resumeProjection(side.database, 'tickets');
  await append([]);
  await expectFold(1);
});

test('new tables are the same as the live ones, of one projection and of all', async () => {
  side.runner.start();
  await append([...sale, never, ofAnn, ofAnn, sold('ann', 4), cancelled('ann', [1, 2, 4]), never]);
  await append([sold('cid', 5), never]);
  expect(await rebuildOf(['stock'])).toMatchObject({ kind: 'done', differences: [], uncompared: [] });
  await expectFold(2);
  expect(await rebuildOf()).toMatchObject({ kind: 'done', differences: [], uncompared: [] });
  await expectFold(2);
  await resetProjection(side.database, 'concerts');
  await append([cancelled('cid', [5])]);
  await expectFold(1);
});

test('a ledger that lacks rows, or has others than the log, is corrected by a rebuild', async () => {
  side.runner.start();
  await append([...sale, sold('cid', 4), cancelled('cid', [4])]);
  const { kysely } = side.database;
  await sql`delete from ledger where revision = 3`.execute(kysely);
  await sql`update ledger set kind = 'sold' where kind = 'cancelled'`.execute(kysely);
  await sql`insert into ledger values (${concertId}, 0, ${of('eve').purchaseId}, 'sold', 1)`.execute(kysely);
  expect(await rebuildOf(['stock'])).toMatchObject({ kind: 'done', differences: [] });
  await append([never, ofAnn]);
  await expectFold(1);
});

test('an empty ledger is filled from the log before anything is projected with it', async () => {
  side.runner.start();
  await append(sale);
  await side.runner.stop();
  const { kysely } = side.database;
  await sql`delete from ledger`.execute(kysely);
  await sql`update ledger_position set commit_position = null, prepare_position = null, epoch = epoch + 1`.execute(
    kysely,
  );
  const next = await openReadSide(side.database.schema);
  try {
    next.runner.start();
    await append([never, ofAnn]);
    await expectFold(1);
    expect(next.told.failures).toEqual([]);
  } finally {
    await next.close();
  }
});

test('a ledger of another log is rebuilt from this one', async () => {
  await record(side.store, concertId, sale);
  log = [...sale];
  side.runner.start();
  await append([]);
  await side.runner.stop();
  await sql`update ledger_position set log_id = 'another log'`.execute(side.database.kysely);
  await sql`update ledger set ticket_number = 7`.execute(side.database.kysely);
  const next = await openReadSide(side.database.schema);
  try {
    next.runner.start();
    await append([never, ofAnn]);
    await expectFold(1);
  } finally {
    await next.close();
  }
});

/** The state that an older version would have left: unreadable events are not in the ledger. */
const forget = (revision: number) =>
  sql`delete from ledger where revision = ${revision}`.execute(side.database.kysely);

test('an event that was unreadable is in the ledger when a read model applies it after a reset', async () => {
  side.runner.start();
  await append(sale);
  await forget(3);
  for (const name of projectionNames) await resetProjection(side.database, name);
  const states = async () => new Set((await projectionStatus(side.database)).map(({ state }) => state));
  await expect.poll(states, { timeout: 20_000 }).toEqual(new Set(['active']));
  await append([ofAnn]);
  await expectFold(1);
});

test('an event that was unreadable is in the ledger when a read model applies it after it was parked', async () => {
  const { kysely } = side.database;
  await sql`alter table stock add constraint small check (sold < 3)`.execute(kysely);
  side.runner.start();
  const others = projectionNames.filter((name) => name !== 'stock');
  await append(sale, others);
  await append([never, sold('cid', 4)], others);
  await forget(4);
  await append([cancelled('cid', [4]), never], others);
  await sql`alter table stock drop constraint small`.execute(kysely);
  const parked = async () => (await listParked(side.database)).map(({ events }) => events);
  await expect.poll(parked, { timeout: 20_000 }).toEqual([5n]);
  expect(await retryParked(side.database, side.store, 'stock', concertId)).toMatchObject({
    kind: 'released',
  });
  await append([cancelled('bob', [3])]);
  await expectFold(2);
});
