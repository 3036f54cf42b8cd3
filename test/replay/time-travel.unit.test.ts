import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyConcert, fold } from '../../src/domain/concert.js';
import { UnreadableLog } from '../../src/domain/log/errors.js';
import { parseMoment } from '../../src/replay/time-travel/moment.js';
import { stateAt } from '../../src/replay/time-travel/state-at.js';
import { CONCERT, send, startApi } from '../api/support.js';
import { saleOf } from '../projections/sale.js';
import { holdsAfter } from './sound-holds.js';
import { storeOf } from './support.js';

const events = saleOf(CONCERT, 30);
const store = storeOf(CONCERT, events);

test('at any revision, the state is the fold of the events up to it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: events.length + 5 }), async (revision) => {
      const { concert } = await stateAt(store, CONCERT, { kind: 'revision', revision: BigInt(revision) });
      expect(concert).toEqual(fold(emptyConcert(CONCERT), events.slice(0, revision + 1)));
    }),
  );
});

test('at any revision, what was held and who waited is that of then', async () => {
  const sale = saleOf(CONCERT, 12).slice(0, 22);
  const all = [...sale, ...holdsAfter(sale)];
  const types = all.map(({ type }) => type);
  const at = async (revision: number) =>
    (await stateAt(storeOf(CONCERT, all), CONCERT, { kind: 'revision', revision: BigInt(revision) })).concert;
  const held = types.indexOf('HoldConfirmed') - 1;
  const then = await at(held);
  expect(then).toMatchObject({ live: 9, holdSeconds: 600 });
  expect([then.holds.held, then.holds.waitingList.size]).toEqual([3, 2]);
  expect((await at(sale.length - 1)).holds.held).toBe(0);
  expect((await at(all.length - 1)).holds).toMatchObject({ held: 1 });
});

test('at a time, the state is the fold of all events recorded by then', async () => {
  const at = async (time: string) => stateAt(store, CONCERT, { kind: 'time', time: new Date(time) });
  expect((await at('2026-03-01T11:59:59.999Z')).concert.status).toBe('unknown');
  expect(await at('2026-03-01T12:00:07.000Z')).toMatchObject({
    concert: { revision: 7n },
    recordedAt: new Date('2026-03-01T12:00:07.000Z'),
  });
  expect((await at('2026-03-01T12:00:07.999Z')).concert.revision).toBe(7n);
  expect((await at('2100-01-01T00:00:00Z')).concert.revision).toBe(BigInt(events.length - 1));
});

test('at a time, a clock that was set back hides no event recorded by then', async () => {
  const ahead = new Date('2026-03-01T12:30:00.000Z');
  const stepped = {
    async *read(...args: Parameters<typeof store.read>) {
      for await (const page of store.read(...args)) {
        yield page.map((event) => (event.revision === 4n ? { ...event, recordedAt: ahead } : event));
      }
    },
  };
  const moment = { kind: 'time', time: new Date('2026-03-01T12:00:07.000Z') } as const;
  expect((await stateAt(stepped, CONCERT, moment)).concert).toEqual(
    fold(emptyConcert(CONCERT), events.slice(0, 8)),
  );
});

test('there is no state after missing events, but there is before them', async () => {
  const cut = {
    async *read(...args: Parameters<typeof store.read>) {
      for await (const page of store.read(...args)) yield page.filter(({ revision }) => revision !== 5n);
    },
  };
  const at = async (revision: bigint) => stateAt(cut, CONCERT, { kind: 'revision', revision });
  expect((await at(4n)).concert).toEqual(fold(emptyConcert(CONCERT), events.slice(0, 5)));
  await expect(at(6n)).rejects.toThrow(UnreadableLog);
  await expect(at(6n)).rejects.toThrow(/revisions 5 to 5 are missing/);
});

test.each([
  '',
  'now',
  '-1',
  '1.5',
  '2026-03-01',
  '2026-03-01T12:00:00',
  '2026-13-01T12:00:00Z',
  '2027-02-30T12:00:00Z',
])('"%s" is not a moment', (text) => expect(parseMoment(text)).toBeNull());

test('the API shows a concert as it was, by revision and by time', async () => {
  const api = startApi({ log: store });
  expect((await send(api, `/concerts/${CONCERT}?at=7`)).body).toMatchObject({
    revision: '7',
    recordedAt: '2026-03-01T12:00:07.000Z',
  });
  expect((await send(api, `/concerts/${CONCERT}?at=2026-03-01T13:00:08%2B01:00`)).body).toMatchObject({
    revision: '8',
  });
});

test('the API refuses a moment before the concert, an invalid one, and a future one', async () => {
  const api = startApi({ log: store });
  expect((await send(api, `/concerts/${CONCERT}?at=2026-03-01T11:00:00Z`)).status).toBe(404);
  expect(await send(api, `/concerts/${CONCERT}?at=noon`)).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'at' }] },
  });
  expect((await send(api, `/concerts/${CONCERT}?at=3&minRevision=3`)).status).toBe(400);
});

test('the API audits a concert, one at a time', async () => {
  let finish: (audit: null) => void = () => {};
  const audit = new Promise<null>((resolve) => {
    finish = resolve;
  });
  const api = startApi({ audit: () => audit });
  const first = send(api, `/concerts/${CONCERT}/audit`);
  let second = await send(api, `/concerts/${CONCERT}/audit`);
  while (second.status !== 503) second = await send(api, `/concerts/${CONCERT}/audit`);
  expect(second).toMatchObject({ headers: { 'retry-after': '5' }, body: { type: '/problems/busy' } });
  finish(null);
  expect((await first).status).toBe(404);
});
