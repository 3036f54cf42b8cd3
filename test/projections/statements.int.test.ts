import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Concert, remaining, vipRemaining } from '../../src/domain/concert.js';
import type { Database } from '../../src/postgres/database.js';
import { applyBatch, type Target } from '../../src/projections/apply/apply-batch.js';
import type { Batch, LoggedEvent } from '../../src/projections/apply/batching.js';
import { CheckpointMoved } from '../../src/projections/apply/checkpoints.js';
import { projections } from '../../src/projections/models/index.js';
import { ReadModels } from '../../src/projections/queries/read-models.js';
import { uniqueNamespace } from '../support/stack.js';
import { actualRows, expectedRows } from './expected-rows.js';
import { type Step, steps, toLog } from './random-log.js';
import { forgetEverything, openMigrated } from './read-side.js';

let database: Database;
beforeAll(async () => {
  database = await openMigrated(uniqueNamespace());
});
afterAll(() => database.close());

const nothingYet: readonly Target[] = projections.map((projection) => ({
  projection,
  slot: 'live',
  epoch: 0n,
  position: null,
  parked: new Set(),
  skipped: new Set(),
}));

const toBatch = (events: readonly LoggedEvent[]): Batch | null => {
  const last = events.at(-1);
  return last === undefined ? null : { events, position: last.position, caughtUp: false };
};

/** Delivers the log in batches of these sizes, each starting some events before the end of the previous one. */
async function deliver(events: readonly LoggedEvent[], batches: readonly { size: number; again: number }[]) {
  let progress = nothingYet;
  let delivered = 0;
  for (let i = 0; delivered < events.length; i++) {
    const { size, again } = batches[i % batches.length] ?? { size: 10, again: 0 };
    const first = Math.max(0, delivered - again);
    const batch = toBatch(events.slice(first, delivered + size));
    if (batch !== null)
      progress = await applyBatch(database.kysely, progress, batch, {
        onPoison: 'stop',
        logId: 'a log',
        after: events[first - 1]?.position ?? null,
        leaseEpoch: null,
      });
    delivered += size;
  }
  return progress;
}

/** Checks that the read models show each concert as its fold. */
async function expectFold(concerts: ReadonlyMap<string, Concert>): Promise<void> {
  const models = new ReadModels(database, () => {});
  for (const [concertId, concert] of concerts) {
    expect(await models.concert(concertId)).toMatchObject({
      capacity: concert.capacity,
      sold: concert.live,
      held: concert.holds.held,
      remaining: remaining(concert),
      vipRemaining: vipRemaining(concert),
      status: concert.status,
      revision: concert.revision,
    });
    const first = { limit: 1_000, cursor: null };
    const live = (await models.tickets(concertId, first)).items.filter(({ status }) => status === 'live');
    expect(live.map(({ number, seat }) => ({ number, seat }))).toEqual(
      [...concert.purchases.values()]
        .filter(({ status }) => status === 'live')
        .flatMap(({ tickets }) => tickets)
        .sort((a, b) => a.number - b.number),
    );
    await expectHolds(models, concertId, concert);
    for (const { lastRevision: _, reference: __, ...purchase } of concert.purchases.values()) {
      expect(await models.purchase(concertId, purchase.purchaseId)).toMatchObject({
        ...purchase,
        tickets: purchase.tickets.map((ticket) => ({ ...ticket, vip: ticket.seat !== null })),
      });
    }
  }
}

/** Checks the holds and the waiting list of a concert. The fold keeps every hold here: a log is short. */
async function expectHolds({ holds }: ReadModels, concertId: string, concert: Concert): Promise<void> {
  for (const hold of concert.holds.all.values()) {
    const { holdId, customerId, quantity, status, seats, lastRevision: revision } = hold;
    const isPlace = status === 'waiting' || status === 'left';
    const known = { holdId, customerId, quantity, revision };
    if (isPlace) expect(await holds.place(concertId, holdId)).toMatchObject(known);
    else {
      const times = status === 'open' ? { expiresAt: hold.until } : { endedAt: hold.until };
      const view = { ...known, ...times, seats, status, heldAt: hold.since };
      expect(await holds.hold(concertId, holdId)).toMatchObject(view);
    }
  }
  for (const { purchaseId, reference } of concert.purchases.values()) {
    if (reference === undefined) expect(await holds.hold(concertId, purchaseId)).toBeNull();
    else expect(await holds.hold(concertId, purchaseId)).toMatchObject({ status: 'confirmed', reference });
  }
  const first = { limit: 1_000, cursor: null };
  const open = (await holds.open(concertId, first)).items.map(({ holdId }) => holdId);
  expect(open).toEqual([...concert.holds.expiries].map(({ id }) => id));
  const waiting = (await holds.waiting(concertId, first)).items.map(({ holdId }) => holdId);
  expect(waiting).toEqual([...concert.holds.waitingList].map(({ id }) => id));
}

const splits = fc.array(
  fc.record({ size: fc.integer({ min: 1, max: 12 }), again: fc.integer({ min: 0, max: 8 }) }),
  { minLength: 1, maxLength: 8 },
);

test('the tables equal the fold of a log, however it is split and whatever is delivered twice', async () => {
  await fc.assert(
    fc.asyncProperty(steps(0), splits, async (commands, batches) => {
      await forgetEverything(database);
      const { events, concerts } = toLog(commands);
      await deliver(events, batches);
      expect(await actualRows(database)).toEqual(expectedRows(events.map(toRecorded)));
      await expectFold(concerts);
    }),
    { numRuns: 20 },
  );
});

test('cancellations and ends of holds that no decider wrote, repeated or with other tickets, have the effect of the fold, and no other', async () => {
  await fc.assert(
    fc.asyncProperty(steps(0, 'unasked returns'), splits, async (commands, batches) => {
      await forgetEverything(database);
      const { events, concerts } = toLog(commands);
      await deliver(events, batches);
      expect(await actualRows(database)).toEqual(expectedRows(events.map(toRecorded)));
      await expectFold(concerts);
    }),
    { numRuns: 20 },
  );
});

/** One purchase sold twice, under the same number, and seated twice. */
const soldTwice: Step[] = [
  { kind: 'purchase', customer: 0, quantity: 1, key: 0, concert: 1, lag: 0, afterMs: 0 },
  { kind: 'cancel', key: 0, concert: 1, lag: 0, afterMs: 0 },
  { kind: 'purchase', customer: 0, quantity: 1, key: 0, concert: 1, lag: 2, afterMs: 0 },
  { kind: 'purchase', customer: 0, quantity: 1, key: 4, concert: 1, lag: 1, afterMs: 0 },
  { kind: 'purchase', customer: 0, quantity: 1, key: 4, concert: 1, lag: 3, afterMs: 0 },
];

/** A purchase, its cancellation, and the same purchase decided without either: one number, sold twice. */
const soldAgain: Step[] = [
  { kind: 'purchase', customer: 1, quantity: 1, key: 1, concert: 0, lag: 0, afterMs: 10 },
  { kind: 'cancel', key: 1, concert: 0, lag: 0, afterMs: 10 },
  { kind: 'purchase', customer: 1, quantity: 1, key: 1, concert: 0, lag: 2, afterMs: 10 },
];

test('read models show an oversold log with duplicates, as mode unsafe writes it, unchanged', async () => {
  await fc.assert(
    fc.asyncProperty(steps(4, 'unasked returns'), splits, async (commands, batches) => {
      await forgetEverything(database);
      const { events, concerts } = toLog(commands);
      await deliver(events, batches);
      const rows = await actualRows(database);
      expect(rows).toEqual(expectedRows(events.map(toRecorded)));
      expect(new Map(rows.stock.map(({ concert_id, sold, held }) => [concert_id, { sold, held }]))).toEqual(
        new Map(
          [...concerts].map(([concertId, { live, holds }]) => [concertId, { sold: live, held: holds.held }]),
        ),
      );
    }),
    {
      numRuns: 25,
      examples: [
        [soldAgain, [{ size: 3, again: 0 }]],
        [soldTwice, [{ size: 1, again: 0 }]],
      ],
    },
  );
});

test('of two runners with the same events, one writes them', async () => {
  await forgetEverything(database);
  const { events } = toLog(
    Array.from({ length: 40 }, (_, i) => ({
      kind: 'purchase',
      customer: i,
      quantity: 1,
      key: i,
      concert: i % 3,
      lag: 0,
      afterMs: 100,
    })),
  );
  const batch = toBatch(events);
  if (batch === null) throw new Error('no events');
  const outcomes = await Promise.allSettled(
    [1, 2, 3].map(() =>
      applyBatch(database.kysely, nothingYet, batch, {
        onPoison: 'stop',
        logId: 'a log',
        after: null,
        leaseEpoch: null,
      }),
    ),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(CheckpointMoved);
  }
  expect(await actualRows(database)).toEqual(expectedRows(events.map(toRecorded)));
});

function toRecorded({ event: { concertId, revision, decoded } }: LoggedEvent) {
  if (!decoded.ok) throw new Error(decoded.problem);
  return { concertId, revision, event: decoded.event };
}
