import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { ClaimRequest, HoldRequest } from '../../src/commands/holds/hold-commands.js';
import { type Concert, remaining } from '../../src/domain/concert.js';
import type { ScheduleConcert } from '../../src/domain/concert-commands.js';
import { purchaseIdOf } from '../../src/domain/ids.js';
import { type Clock, systemClock } from '../../src/waiting/clock.js';
import { concertTerms, type WriteSide, type WriteSideOptions } from '../support/services.js';
import { uniqueNamespace } from '../support/stack.js';
import { untilAsync } from '../support/until.js';
import { kindOf, request, writeSides } from './support.js';

const writeSide = writeSides();

/** A wall clock that a test moves; durations are those of the system. */
class MovedClock implements Clock {
  aheadMs = 0;
  readonly monotonic = systemClock.monotonic;
  readonly after = systemClock.after;
  readonly turn = systemClock.turn;
  readonly random = systemClock.random;
  wallTime = (): string => new Date(Date.now() + this.aheadMs).toISOString();
}

const holdSeconds = 600;

async function concertOn(side: WriteSide, terms: Partial<ScheduleConcert> = {}): Promise<string> {
  const concertId = randomUUID();
  const holds = { holdSeconds, waitingList: true, offerSeconds: 60 };
  const outcome = await side.commands.schedule(
    concertTerms(concertId, { capacity: 2, vipSeats: 0, ...holds, ...terms }),
  );
  expect(outcome.kind).toBe('done');
  return concertId;
}

/** One process with a clock that is moved, and a concert. */
async function setting(options: Partial<WriteSideOptions> = {}, terms: Partial<ScheduleConcert> = {}) {
  const clock = new MovedClock();
  const all = { namespace: uniqueNamespace(), purchaseMode: 'batch' as const, clock, ...options };
  const side = await writeSide(all);
  const concertId = await concertOn(side, terms);
  const claim = (customerId: string): ClaimRequest => ({
    ...{ concertId, customerId, quantity: 1, idempotencyKey: `key of ${customerId}` },
    arrivedAt: clock.wallTime(),
  });
  const about = (customerId: string): HoldRequest => ({
    ...{ concertId, holdId: purchaseIdOf(concertId, `key of ${customerId}`) },
    arrivedAt: clock.wallTime(),
  });
  const confirm = (customerId: string, reference = `payment of ${customerId}`) =>
    side.commands.holds.confirm({ ...about(customerId), reference });
  return { side, clock, concertId, claim, about, confirm, holds: side.commands.holds, all };
}

const told = (outcome: { kind: string; refusal?: { reason: string } }) =>
  outcome.refusal?.reason ?? outcome.kind;

const types = async (side: WriteSide, concertId: string): Promise<string[]> => {
  const types: string[] = [];
  for await (const page of side.store.read(concertId, 0n)) {
    for (const { decoded } of page) if (decoded.ok) types.push(decoded.event.type);
  }
  return types;
};

const untilState = (side: WriteSide, concertId: string, what: string, isSo: (concert: Concert) => boolean) =>
  untilAsync(async () => isSo(await side.fold(concertId)), what);

it.each(['batch', 'queue', 'lock', 'lock-cache', 'optimistic', 'unsafe'] as const)(
  'tickets are held, confirmed, and sold to the next when a hold lapses, in mode %s',
  async (purchaseMode) => {
    const { side, clock, concertId, claim, confirm, holds } = await setting(
      { purchaseMode },
      { waitingList: false },
    );
    expect(await holds.hold(claim('ada'))).toMatchObject({ kind: 'held', hold: { status: 'open' } });
    expect(told(await holds.hold(claim('ada')))).toBe('replayed');
    expect(told(await holds.hold(claim('bob')))).toBe('held');
    expect(await side.commands.purchase(request(concertId, 'eve'))).toMatchObject({
      ...{ kind: 'refused', refusal: { reason: 'all-held', held: 2 } },
    });
    expect(told(await confirm('ada'))).toBe('confirmed');
    expect(told(await confirm('ada'))).toBe('replayed');
    expect(told(await confirm('ada', 'another payment'))).toBe('confirmed-with-another-reference');
    clock.aheadMs = (holdSeconds + 1) * 1_000;
    expect(kindOf(await side.commands.purchase(request(concertId, 'eve')))).toBe('accepted');
    expect(told(await confirm('bob'))).toBe('hold-lapsed');
    expect(kindOf(await side.commands.purchase(request(concertId, 'zoe')))).toBe('sold-out');
    expect(await types(side, concertId)).toEqual([
      ...['ConcertScheduled', 'TicketsHeld', 'TicketsHeld', 'HoldConfirmed', 'TicketReserved'],
      ...['HoldsExpired', 'TicketReserved'],
    ]);
  },
);

it.each(['batch', 'lock', 'optimistic'] as const)(
  'a hold expires without anybody asking, in mode %s',
  async (purchaseMode) => {
    const { side, clock, concertId, claim, holds } = await setting({ purchaseMode });
    await holds.hold(claim('ada'));
    await holds.hold(claim('bob'));
    expect(told(await holds.joinWaitingList(claim('wim')))).toBe('joined');
    clock.aheadMs = (holdSeconds + 1) * 1_000;
    await untilState(side, concertId, 'the holds to expire', ({ holds }) => holds.held === 1);
    const { holds: after } = await side.fold(concertId);
    expect([...after.expiries].map(({ id }) => after.get(id)?.customerId)).toEqual(['wim']);
    expect(side.counts.holdSweepFailed).toBe(0);
  },
);

it('what no process remembers is ended by one that is told of it', async () => {
  const { side, clock, concertId, claim, holds, all } = await setting({}, { waitingList: false });
  await holds.hold(claim('ada'));
  await side.commands.stop();
  const asked: Date[] = [];
  const overdueHolds = {
    async concerts(expiredBefore: Date) {
      asked.push(expiredBefore);
      return clock.aheadMs === 0 ? [] : [concertId];
    },
  };
  const next = await writeSide({ ...all, overdueHolds });
  clock.aheadMs = (holdSeconds + 1) * 1_000;
  await untilState(next, concertId, 'the hold to expire', ({ holds }) => holds.held === 0);
  expect(asked.at(-1)?.getTime()).toBeLessThan(Date.parse(clock.wallTime()) - 900);
});

it('a clock that is ahead ends a hold early, and one that is behind brings it back nowhere', async () => {
  // Without an owner, each process decides by its own clock.
  const { side, all, concertId, claim, confirm, holds } = await setting(
    { purchaseMode: 'optimistic' },
    { capacity: 1, waitingList: false },
  );
  await holds.hold(claim('ada'));
  const ahead = new MovedClock();
  const fast = await writeSide({ ...all, clock: ahead });
  ahead.aheadMs = (holdSeconds + 1) * 1_000;
  expect(kindOf(await fast.commands.purchase(request(concertId, 'eve')))).toBe('accepted');
  // By the clock of this process, the hold lasts for ten minutes more.
  expect(told(await confirm('ada'))).toBe('hold-lapsed');
  expect(told(await confirm('ada'))).toBe('hold-lapsed');
  expect(told(await holds.hold(claim('ada')))).toBe('replayed');
  expect((await side.fold(concertId)).live).toBe(1);
});

it('the sweep appends nothing while nothing is due', async () => {
  const { side, concertId, claim, holds } = await setting();
  await holds.hold(claim('ada'));
  const { appended } = side.counts;
  await holds.hold(claim('ada'));
  expect(side.counts.appended).toBe(appended);
  expect((await side.fold(concertId)).holds.held).toBe(1);
});

it.each(['batch', 'queue'] as const)(
  'a process that does not own the concert hands calls about holds over, which takes no lock, in mode %s',
  async (purchaseMode) => {
    const { side: owner, all, concertId, claim, about, confirm, holds } = await setting({ purchaseMode });
    const other = await writeSide(all);
    const away = other.commands.holds;
    const there = (customerId: string, reference = `payment of ${customerId}`) =>
      away.confirm({ ...about(customerId), reference });
    expect(told(await holds.hold(claim('ada')))).toBe('held');
    const asked = async (): Promise<readonly string[]> => [
      told(await away.hold(claim('bob'))),
      told(await away.hold(claim('bob'))),
      told(await away.hold(claim('eve'))),
      told(await away.joinWaitingList(claim('wim'))),
      told(await away.joinWaitingList(claim('zoe'))),
      told(await away.leaveWaitingList(about('zoe'))),
      told(await away.leaveWaitingList(about('ada'))),
      told(await away.extend(about('bob'))),
      told(await there('bob')),
      told(await there('bob')),
      told(await there('bob', 'another payment')),
      told(await away.extend(about('bob'))),
      told(await away.release(about('ada'))),
      told(await away.release(about('ada'))),
      told(await there('ada')),
      told(await there('wim')),
    ];
    expect(await asked()).toEqual([
      ...['held', 'replayed', 'all-held', 'joined', 'joined', 'left', 'not-waiting', 'extended'],
      ...['confirmed', 'replayed', 'confirmed-with-another-reference', 'hold-not-open', 'ended', 'ended'],
      ...['hold-released', 'confirmed'],
    ]);
    expect(told(await confirm('wim'))).toBe('replayed');
    expect(other.counts.handedOver).toBeGreaterThanOrEqual(8);
    expect([owner.counts.ownershipBegan, other.counts.ownershipBegan]).toEqual([1, 0]);
    expect((await owner.fold(concertId)).live).toBe(2);
  },
);

it('a process that does not own the concert carries holds out, and the owner ends them', async () => {
  const {
    side: owner,
    all,
    clock,
    concertId,
    claim,
    about,
    confirm,
    holds,
  } = await setting({}, { capacity: 3 });
  const other = await writeSide(all);
  expect(told(await holds.hold(claim('ada')))).toBe('held');
  expect(told(await other.commands.holds.hold(claim('bob')))).toBe('held');
  expect(told(await other.commands.holds.hold(claim('eve')))).toBe('held');
  expect(told(await other.commands.holds.release(about('bob')))).toBe('ended');
  expect(told(await confirm('eve'))).toBe('confirmed');
  clock.aheadMs = (holdSeconds + 1) * 1_000;
  await untilState(owner, concertId, 'the hold to expire', ({ holds }) => holds.held === 0);
  const concert = await owner.fold(concertId);
  expect(remaining(concert)).toBe(2);
  expect((await types(owner, concertId)).filter((type) => type === 'HoldsExpired')).toHaveLength(1);
});

it('a crowd confirms while its holds lapse: each is told which it was, and the log agrees', async () => {
  const customers = Array.from({ length: 60 }, (_, i) => `customer ${i}`);
  const { side, clock, concertId, claim, about, holds } = await setting(
    {},
    { capacity: 60, waitingList: false },
  );
  await Promise.all(customers.map((name) => holds.hold(claim(name))));
  clock.aheadMs = holdSeconds * 1_000;
  const confirming = customers.map((name, i) => {
    const arrivedAt = new Date(Date.parse(clock.wallTime()) + (i % 2 === 0 ? -5_000 : 5_000)).toISOString();
    return holds.confirm({ ...about(name), arrivedAt, reference: name });
  });
  clock.aheadMs += 2_000;
  const buying = customers.map((_, i) => side.commands.purchase(request(concertId, `buyer ${i}`)));
  const [confirmed, bought] = [await Promise.all(confirming), await Promise.all(buying)];
  const concert = await side.fold(concertId);
  expect(concert.live).toBeLessThanOrEqual(60);
  for (const [i, outcome] of confirmed.entries()) {
    const purchase = concert.purchases.get(about(customers[i] ?? '').holdId);
    expect(told(outcome)).toBe(purchase === undefined ? 'hold-lapsed' : 'confirmed');
    // Whoever confirmed in time has the tickets, whatever the line was.
    if (i % 2 === 0) expect(outcome).toMatchObject({ kind: 'confirmed', late: false });
  }
  expect(bought.filter((outcome) => outcome.kind === 'accepted')).toHaveLength(
    60 - confirmed.filter((outcome) => outcome.kind === 'confirmed').length,
  );
});

it('a confirmation and a release at once end the hold once, and both are told how', async () => {
  const { side, concertId, claim, about, confirm, holds } = await setting({}, { capacity: 40 });
  const customers = Array.from({ length: 40 }, (_, i) => `customer ${i}`);
  await Promise.all(customers.map((name) => holds.hold(claim(name))));
  await Promise.all(
    customers.map(async (name, i) => {
      const both = [() => confirm(name), () => holds.release(about(name))];
      const [first, second] = i % 2 === 0 ? both : both.toReversed();
      const outcomes = (await Promise.all([first?.(), second?.()])).map(
        (outcome) => outcome && told(outcome),
      );
      expect([
        ['confirmed', 'hold-confirmed'],
        ['ended', 'hold-released'],
      ]).toContainEqual(outcomes);
    }),
  );
  const { live, holds: left } = await side.fold(concertId);
  expect([live, left.held]).toEqual([20, 0]);
});

it('what comes back goes to the waiting list: by release, cancellation and more capacity', async () => {
  const { side, concertId, claim, about, confirm, holds } = await setting();
  await holds.hold(claim('ada'));
  await holds.hold(claim('bob'));
  const bought = await confirm('bob');
  expect(bought.kind).toBe('confirmed');
  for (const name of ['wim', 'xia', 'yan'])
    expect(told(await holds.joinWaitingList(claim(name)))).toBe('joined');
  expect(told(await holds.joinWaitingList(claim('wim')))).toBe('replayed');

  expect(told(await holds.release(about('ada')))).toBe('ended');
  const status = async (name: string) => (await side.fold(concertId)).holds.get(about(name).holdId)?.status;
  expect(await status('wim')).toBe('open');
  expect(told(await holds.leaveWaitingList(about('wim')))).toBe('already-offered');
  await side.commands.cancelPurchase(concertId, about('bob').holdId);
  expect(await status('xia')).toBe('open');
  expect(await status('yan')).toBe('waiting');
  await side.commands.change(concertId, { capacity: 3 });
  expect(await status('yan')).toBe('open');
  expect(kindOf(await side.commands.purchase(request(concertId, 'eve')))).toBe('all-held');
});
