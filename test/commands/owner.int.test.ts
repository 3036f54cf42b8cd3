import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { PurchaseOutcome } from '../../src/commands/outcome.js';
import { writeEntry } from '../../src/commands/queue/entry-message.js';
import { purchaseIdOf } from '../../src/domain/ids.js';
import { queueKeys } from '../../src/redis/queue/keys.js';
import { concertTerms, type WriteSide, type WriteSideOptions } from '../support/services.js';
import { uniqueNamespace } from '../support/stack.js';
import { untilAsync } from '../support/until.js';
import { holdUp, inLine, leaveInLine } from './queue-support.js';
import { kindOf, request, writeSides } from './support.js';

const writeSide = writeSides();

/** Two processes that sell one concert in mode `batch`; the first owns it. */
async function twoProcesses(more: Partial<WriteSideOptions> = {}) {
  const options = { namespace: uniqueNamespace(), purchaseMode: 'batch' as const, ...more };
  const [owner, other] = [await writeSide(options), await writeSide(options)];
  const concertId = randomUUID();
  await owner.commands.schedule(concertTerms(concertId, { capacity: 1_000, vipSeats: 0 }));
  expect(kindOf(await owner.commands.purchase(request(concertId, 'first')))).toBe('accepted');
  return { owner, other, concertId };
}

const crowdAt = (
  side: WriteSide,
  concertId: string,
  count: number,
  name: string,
): Promise<PurchaseOutcome[]> =>
  Promise.all(
    Array.from({ length: count }, (_, i) => side.commands.purchase(request(concertId, `${name} ${i}`))),
  );

const kinds = (outcomes: readonly PurchaseOutcome[]) => [...new Set(outcomes.map(kindOf))];

const ownerOf = async (side: WriteSide, concertId: string): Promise<string | undefined> =>
  (await side.queue.owner(concertId))?.process;

it('a process hands its purchases over to the owner, which alone appends', async () => {
  const { owner, other, concertId } = await twoProcesses();
  expect(owner.commands.ownership()).toEqual({ concerts: 1, unservedQueues: [] });
  expect(other.commands.ownership()).toEqual({ concerts: 0, unservedQueues: [] });
  expect(await other.commands.owner(concertId)).toMatchObject({ process: owner.queue.processId, waiting: 0 });
  const outcomes = await Promise.all([
    crowdAt(owner, concertId, 50, 'here'),
    crowdAt(other, concertId, 100, 'elsewhere'),
  ]);
  expect(kinds(outcomes.flat())).toEqual(['accepted']);
  expect(other.counts.appended).toBe(0);
  expect(owner.counts.appendConflicted).toBe(0);
  // Those that arrive in one turn share a message and a batch.
  expect(owner.counts.appended).toBeLessThan(20);
  expect((await owner.fold(concertId)).live).toBe(151);
});

it('the lock of an owner that dies keeps the next one out no longer than its claim does', async () => {
  const { owner, other, concertId } = await twoProcesses({ leaseMs: 60_000 });
  const { primary, prefix } = owner.redis;
  expect(await primary.pttl(`${prefix}lock:${concertId}`)).toBeLessThanOrEqual(other.queue.ownerLeaseMs);
});

it('an owner without work lets go, and the next process that is asked owns the concert', async () => {
  const { owner, other, concertId } = await twoProcesses({ ownerIdleMs: 500 });
  await untilAsync(async () => (await ownerOf(owner, concertId)) === undefined, 'the owner to let go');
  expect(kindOf(await other.commands.purchase(request(concertId, 'ann')))).toBe('accepted');
  expect(await ownerOf(owner, concertId)).toBe(other.queue.processId);
});

it('an owner that stops passes the concert on, and everyone in its queue has an answer', async () => {
  const { owner, other, concertId } = await twoProcesses();
  const selling = crowdAt(other, concertId, 200, 'elsewhere');
  owner.commands.stopWaiting();
  await owner.commands.stop();
  expect(kinds(await selling)).toEqual(['accepted']);
  expect(kinds(await crowdAt(other, concertId, 10, 'later'))).toEqual(['accepted']);
  expect((await other.fold(concertId)).live).toBe(211);
});

it('two owners at once cost a conflict: the one that has lost the concert hands over', async () => {
  const { owner, other, concertId } = await twoProcesses();
  const { owner: key } = queueKeys(owner.redis.prefix, concertId);
  await owner.redis.primary.del(key, `${owner.redis.prefix}lock:${concertId}`);
  expect(kinds(await crowdAt(other, concertId, 10, 'there'))).toEqual(['accepted']);
  expect(kinds(await crowdAt(owner, concertId, 10, 'here'))).toEqual(['accepted']);
  expect(await ownerOf(owner, concertId)).toBe(other.queue.processId);
  expect((await owner.fold(concertId)).live).toBe(21);
});

it('what Redis forgets while a process owns the concert changes nobody’s answer', async () => {
  const { owner, other, concertId } = await twoProcesses();
  const letGo = await holdUp(owner, concertId);
  const selling = crowdAt(other, concertId, 20, 'elsewhere');
  await untilAsync(async () => (await inLine(owner, concertId)) === 20, 'the purchases to be handed over');
  await owner.redis.primary.del(...(await owner.redis.primary.keys(`${owner.redis.prefix}*`)));
  await letGo();
  // Nothing of them was sold, and nobody is refused: they are told to ask again.
  expect(kinds(await selling)).toEqual(['unavailable']);
  expect((await owner.fold(concertId)).live).toBe(1);
  expect(kinds(await crowdAt(other, concertId, 20, 'elsewhere'))).toEqual(['accepted']);
});

it('purchases that reach the owner twice and out of order are sold once', async () => {
  const { owner, other, concertId } = await twoProcesses();
  const letGo = await holdUp(owner, concertId);
  const selling = crowdAt(other, concertId, 5, 'elsewhere');
  await untilAsync(async () => (await inLine(owner, concertId)) === 5, 'the purchases to be handed over');
  for (const i of [4, 3, 2, 1, 0]) {
    const asked = request(concertId, `elsewhere ${i}`);
    const purchaseId = purchaseIdOf(concertId, asked.idempotencyKey);
    const entry = { purchaseId, token: 'nobody', entry: writeEntry(asked, false), withinMs: null };
    await other.queue.join(concertId, [entry], 100);
  }
  await letGo();
  expect(kinds(await selling)).toEqual(['accepted']);
  await untilAsync(async () => (await inLine(owner, concertId)) === 0, 'the queue to be empty');
  expect((await owner.fold(concertId)).live).toBe(6);
});

it('a purchase whose answer is lost is answered from the log', async () => {
  const { other, concertId } = await twoProcesses();
  other.redis.subscriber.disconnect();
  expect(kindOf(await other.commands.purchase(request(concertId, 'ann')))).toBe('replayed');
  expect((await other.fold(concertId)).live).toBe(2);
});

it('a call to the owner that is lost is found by its renewal', async () => {
  const { owner, other, concertId } = await twoProcesses();
  owner.redis.subscriber.disconnect();
  expect(kinds(await crowdAt(other, concertId, 10, 'elsewhere'))).toEqual(['accepted']);
});

it('a purchase that reaches the owner past its deadline is told that it was not sold', async () => {
  const { owner, other, concertId } = await twoProcesses({
    longestWaitMs: 200,
    lockWaitMs: 60_000,
    leaseMs: 60_000,
  });
  const letGo = await holdUp(owner, concertId);
  const selling = crowdAt(other, concertId, 3, 'elsewhere');
  await untilAsync(async () => (await inLine(owner, concertId)) === 3, 'the purchases to be handed over');
  const [seconds, micros] = await owner.redis.primary.time();
  const now = async () => {
    const [s, us] = await owner.redis.primary.time();
    return (Number(s) - Number(seconds)) * 1_000 + (Number(us) - Number(micros)) / 1_000;
  };
  await untilAsync(async () => (await now()) > 300, 'their deadline to pass');
  await letGo();
  expect(kinds(await selling)).toEqual(['busy']);
  expect((await owner.fold(concertId)).live).toBe(1);
  await expect.poll(() => owner.counts.queueEntriesDropped).toBe(3);
});

it('purchases are cancelled in another process while the owner is never without work', async () => {
  const { owner, other, concertId } = await twoProcesses();
  const bought = await crowdAt(owner, concertId, 6, 'changes their mind');
  let done = false;
  const buyers = Array.from({ length: 32 }, async (_, buyer) => {
    for (let i = 0; !done; i++) {
      const side = buyer % 2 === 0 ? owner : other;
      await side.commands.purchase(request(concertId, `buyer ${buyer}, ticket ${i}`));
    }
  });
  const told: string[] = [];
  for (const outcome of bought) {
    if (outcome.kind !== 'accepted') throw new Error(`not bought: ${outcome.kind}`);
    told.push((await other.commands.cancelPurchase(concertId, outcome.purchase.purchaseId)).kind);
  }
  done = true;
  await Promise.all(buyers);
  expect(told).toEqual(Array.from({ length: 6 }, () => 'cancelled'));
});

it('an owner without work that hears nothing releases the lock to a process that wants it', async () => {
  const { owner, other, concertId } = await twoProcesses({ lockWaitMs: 10_000 });
  owner.redis.subscriber.disconnect();
  const firstPurchase = purchaseIdOf(concertId, request(concertId, 'first').idempotencyKey);
  expect((await other.commands.cancelPurchase(concertId, firstPurchase)).kind).toBe('cancelled');
});

it('a process in mode lock sells beside an owner that is never without work', async () => {
  const namespace = uniqueNamespace();
  const [owner, locking] = [
    await writeSide({ namespace, purchaseMode: 'batch' }),
    await writeSide({ namespace, purchaseMode: 'lock' }),
  ];
  const concertId = randomUUID();
  await owner.commands.schedule(concertTerms(concertId, { capacity: 100_000 }));
  let done = false;
  const buyers = Array.from({ length: 16 }, async (_, buyer) => {
    for (let i = 0; !done; i++)
      await owner.commands.purchase(request(concertId, `buyer ${buyer}, ticket ${i}`));
  });
  const told: string[] = [];
  for (let i = 0; i < 5; i++) {
    told.push(kindOf(await locking.commands.purchase(request(concertId, `patient ${i}`))));
  }
  done = true;
  await Promise.all(buyers);
  expect(told).toEqual(Array.from({ length: 5 }, () => 'accepted'));
});

it('a queue that a dead owner left behind is read by the next, by the same keys', async () => {
  const { owner, other, concertId } = await twoProcesses();
  const purchaseId = await leaveInLine(other, concertId, 'ann');
  await untilAsync(
    async () => (await other.fold(concertId)).purchases.has(purchaseId),
    'ann to be sold a ticket',
  );
  expect(kindOf(await owner.commands.purchase(request(concertId, 'ann')))).toBe('replayed');
});
