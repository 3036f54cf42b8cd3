import { expect, it } from 'vitest';
import { purchaseIdOf } from '../../src/domain/ids.js';
import { untilAsync } from '../support/until.js';
import { holdUp, inLine, leaveInLine, queueSales } from './queue-support.js';
import { kindOf, request } from './support.js';

const onSale = queueSales();

it('one who does not wait is told the place in line, and later the outcome', async () => {
  const { side, concertId } = await onSale(2, { leaseMs: 20_000 });
  const letGo = await holdUp(side, concertId);
  const ask = (customer: string) => side.commands.purchase(request(concertId, customer, { waitMs: 0 }));
  const answers = [await ask('ann'), await ask('bob'), await ask('cid')];
  const [ann = '', bob = '', cid = ''] = ['ann', 'bob', 'cid'].map((name) =>
    purchaseIdOf(concertId, `key of ${name}`),
  );
  expect(answers).toEqual([
    { kind: 'queued', purchaseId: ann, position: 1 },
    { kind: 'queued', purchaseId: bob, position: 2 },
    { kind: 'queued', purchaseId: cid, position: 3 },
  ]);
  expect(await side.commands.standing(concertId, bob)).toEqual({
    kind: 'queued',
    purchaseId: bob,
    position: 2,
  });
  await letGo();
  await untilAsync(
    async () => (await side.commands.standing(concertId, cid))?.kind === 'refused',
    'the line to be drained',
  );
  expect(await side.commands.standing(concertId, cid)).toEqual({
    kind: 'refused',
    refusal: { reason: 'sold-out' },
  });
  const concert = await side.fold(concertId);
  expect(concert.purchases.get(ann)?.tickets).toEqual([{ number: 1, seat: null }]);
  expect(concert.purchases.get(bob)?.tickets).toEqual([{ number: 2, seat: null }]);
});

it('a line left behind by a process that is gone is drained by another', async () => {
  const { side, concertId } = await onSale(5);
  const purchaseId = await leaveInLine(side, concertId, 'ann');
  await untilAsync(
    async () => (await side.fold(concertId)).purchases.has(purchaseId),
    'the sweep to drain the line',
  );
  await untilAsync(
    async () => (await side.commands.standing(concertId, purchaseId)) === null,
    'the line to be empty',
  );
});

it('a line that Redis lost is settled by the log: nothing sold, ask again', async () => {
  const { side, concertId } = await onSale(5, { leaseMs: 20_000 });
  const letGo = await holdUp(side, concertId);
  const waiting = side.commands.purchase(request(concertId, 'ann', { waitMs: 30_000 }));
  const keys = () => side.redis.primary.keys(`${side.redis.prefix}queue*`);
  await untilAsync(async () => (await keys()).length > 0, 'the purchase to be in line');
  await side.redis.primary.del(...(await keys()));
  await letGo();
  expect((await waiting).kind).toBe('unavailable');
  expect(kindOf(await side.commands.purchase(request(concertId, 'ann')))).toBe('accepted');
  expect((await side.fold(concertId)).live).toBe(1);
});

it('a line that is full turns buyers away', async () => {
  const { side, concertId } = await onSale(5, { leaseMs: 20_000, queueLimit: 1 });
  const letGo = await holdUp(side, concertId);
  expect((await side.commands.purchase(request(concertId, 'ann', { waitMs: 0 }))).kind).toBe('queued');
  expect((await side.commands.purchase(request(concertId, 'bob', { waitMs: 0 }))).kind).toBe('busy');
  await letGo();
});

it('at a stop those who wait are told their place at once, and the stop does not wait for the line', async () => {
  const { side, concertId } = await onSale(5, { leaseMs: 60_000, lockWaitMs: 200 });
  await holdUp(side, concertId);
  const waits = ['ann', 'bob'].map((name) =>
    side.commands.purchase(request(concertId, name, { waitMs: 3_600_000 })),
  );
  await untilAsync(async () => (await inLine(side, concertId)) === 2, 'both to be in line');
  side.commands.stopWaiting();
  const told = await Promise.all([
    ...waits,
    side.commands.purchase(request(concertId, 'cid', { waitMs: 3_600_000 })),
  ]);
  expect(told.map(kindOf)).toEqual(['queued', 'queued', 'queued']);
  await side.commands.stop();
});
