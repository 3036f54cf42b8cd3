import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LiveConcerts, type LiveOptions } from '../../src/api/live/live-concerts.js';
import { emptyConcert } from '../../src/domain/concert.js';
import type { ConcertView } from '../../src/projections/queries/views.js';
import { until, untilAsync } from '../support/until.js';
import { CONCERT, listenApi, send } from './support.js';

const concert = (revision: number, more: Partial<ConcertView> = {}): ConcertView => ({
  concertId: CONCERT,
  name: 'The Example',
  capacity: 100,
  sold: revision,
  held: 0,
  remaining: 100 - revision,
  vipSeats: 0,
  vipRemaining: 0,
  ticketsPerCustomer: 1,
  salesOpenAt: null,
  salesCloseAt: null,
  startsAt: null,
  purchaseMode: null,
  holdSeconds: null,
  waitingList: false,
  offerSeconds: null,
  scheduledAt: '2030-01-01T00:00:00.000Z',
  status: 'scheduled',
  revision: BigInt(revision),
  ...more,
});

/** A sale whose state the test sets, and its API. */
async function watchable(live: Partial<LiveOptions> = {}) {
  const sale = { now: concert(1), looks: 0, asked: 0 };
  const queries = {
    concert: async (id: string) => {
      sale.asked++;
      return id === CONCERT ? sale.now : null;
    },
    concerts: async () => {
      sale.looks++;
      return [sale.now];
    },
  };
  const commands = { load: async (concertId: string) => emptyConcert(concertId) };
  const api = await listenApi({ commands, queries, live: { everyMs: 5, ...live } });
  return { sale, api };
}

interface LiveMessage {
  readonly id: string;
  readonly sold: number;
  readonly soldPerSecond: number;
}

/** A viewer by hand: everything that it was told, and how its connection ended. */
function view({ port }: { port: number }, headers = '') {
  const socket = connect(port, '127.0.0.1');
  const seen = { text: '', ended: false };
  socket.on('data', (chunk) => {
    seen.text += chunk;
  });
  socket.on('error', () => {});
  socket.once('close', () => {
    seen.ended = true;
  });
  onTestFinished(() => {
    socket.destroy();
  });
  socket.write(`GET /concerts/${CONCERT}/live HTTP/1.1\r\nHost: test\r\n${headers}\r\n`);
  const told = () =>
    [...seen.text.matchAll(/^id: (\d+)\ndata: (.*)\n\n/gm)].map(([, id = '', data = '']): LiveMessage => {
      return { id, ...JSON.parse(data) };
    });
  return { socket, seen, told };
}

test('a viewer sees the state, then each newer one, under its revision', async () => {
  const { sale, api } = await watchable();
  const viewer = view(api);
  await until(() => viewer.told().length === 1, 'the first message');
  expect(viewer.seen.text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(viewer.seen.text).toMatch(/^Content-Type: text\/event-stream\r$/m);
  expect(viewer.seen.text).toContain('\r\n\r\nretry: 1000\n\n');
  expect(viewer.told()[0]).toMatchObject({ id: '1', revision: '1', sold: 1, remaining: 99 });
  sale.now = concert(7);
  await until(() => viewer.told().some(({ id }) => id === '7'), 'the next');
  const last = viewer.told().find(({ id }) => id === '7');
  expect(last).toMatchObject({ sold: 7, soldPerSecond: 6, remaining: 93 });
});

test('all viewers share one look and get the same bytes', async () => {
  const { sale, api } = await watchable();
  const viewers = Array.from({ length: 20 }, () => view(api));
  await until(() => viewers.every(({ told }) => told().length === 1), 'the first messages');
  sale.now = concert(2);
  await until(() => viewers.every(({ told }) => told().some(({ id }) => id === '2')), 'the second');
  const [looks, bodies] = [sale.looks, viewers.map(({ seen }) => seen.text.split('\r\n\r\n')[1])];
  expect(new Set(bodies.map((body) => body?.slice(0, body.indexOf('id: 2')))).size).toBe(1);
  await until(() => sale.looks >= looks + 20, 'twenty more looks');
  expect(await api.services.metrics.registry.getSingleMetricAsString('onsale_live_viewers')).toMatch(/ 20$/m);
});

test('a viewer of a concert that others watch is let in without a query, and a first one with one', async () => {
  const { sale, api } = await watchable();
  for (let viewers = 1; viewers <= 5; viewers++) {
    const { told } = view(api);
    await until(() => told().length > 0, `viewer ${viewers}`);
  }
  expect(sale.asked).toBe(1);
});

test('a viewer who comes back is told nothing that they have seen, and nothing older before the repeat', async () => {
  const { sale, api } = await watchable({ repeatMs: 400 });
  sale.now = concert(5);
  const [same, ahead, before] = ['5', '9', '2'].map((id) => view(api, `Last-Event-ID: ${id}\r\n`));
  await until(() => before?.told().length === 1, 'who has less to be told');
  expect(before?.told()[0]).toMatchObject({ id: '5' });
  expect([same?.told(), ahead?.told()]).toEqual([[], []]);
  sale.now = concert(6);
  await until(() => (same?.told().length ?? 0) > 0, 'the news');
  expect(same?.told()[0]?.id).toBe('6');
  await until(() => (ahead?.told().length ?? 0) > 0, 'the repeat');
  expect(ahead?.told()[0]?.id).toBe('6');
});

test.each([
  ['/concerts/6f2c1a60-33c9-4d0a-9a55-0d5c7a5b9f11/live', {}, 404, 'unknown-concert'],
  [`/concerts/${CONCERT}/live`, { 'last-event-id': 'x' }, 400, 'invalid-request'],
  [`/concerts/${CONCERT}/live?fast=1`, {}, 400, 'invalid-request'],
])('%s %j is refused as %s %s', async (path, headers, status, type) => {
  const { api } = await watchable();
  const answer = await send(api, path, { headers });
  expect([answer.status, answer.body?.type]).toEqual([status, `/problems/${type}`]);
});

test('HEAD gets the headers alone', async () => {
  const { api } = await watchable();
  const { status, headers } = await send(api, `/concerts/${CONCERT}/live`, { method: 'HEAD' });
  expect([status, headers['content-type']]).toEqual([200, 'text/event-stream']);
});

test('more viewers than a process takes are told to come later', async () => {
  const { api } = await watchable({ mostViewers: 1 });
  const first = view(api);
  await until(() => first.told().length === 1, 'the first');
  const { status, headers, body } = await send(api, `/concerts/${CONCERT}/live`);
  expect([status, body?.type]).toEqual([503, '/problems/busy']);
  expect(headers['retry-after']).toBe('5');
  first.socket.destroy();
  await until(() => !api.services.live.isFull, 'room');
  const next = view(api);
  await until(() => next.told().length === 1, 'the next');
});

test('a stop ends all streams, those that come while it goes on too', async () => {
  const { api } = await watchable();
  const viewer = view(api);
  await until(() => viewer.told().length === 1, 'the first message');
  api.services.live.stop();
  await until(() => viewer.seen.ended, 'the end');
  const late = view(api);
  await until(() => late.seen.ended, 'the end of one who came late');
  expect(late.seen.text).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*retry: 1000\n\n$/);
  await api.stop(60_000);
});

/** A socket of the file system: its kernel buffers are small, so that a client who does not read is soon noticed. */
async function onSocketFile(live: LiveConcerts, now: () => ConcertView) {
  const folder = await mkdtemp(join(tmpdir(), 'onsale-live-'));
  const lengths: number[] = [];
  const server = createServer((_, response) => {
    response.write('\n');
    live.watch(response, now(), undefined);
    const measured = setInterval(() => lengths.push(response.writableLength), 1);
    response.once('close', () => clearInterval(measured));
  });
  server.listen(join(folder, 'socket'));
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  const open = async (): Promise<Socket> => {
    const socket = connect(join(folder, 'socket'));
    onTestFinished(() => {
      socket.destroy();
    });
    await once(socket, 'connect');
    socket.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
    return socket;
  };
  return { open, lengths };
}

test('a viewer who does not read is sent nothing more, and dropped; the others see every moment', async () => {
  const { services } = (await watchable()).api;
  let revision = 0;
  const now = () => concert(revision, { name: 'x'.repeat(2_000) });
  const look = async () => {
    revision++;
    return [now()];
  };
  const live = new LiveConcerts(look, services, { everyMs: 0, patienceMs: 300 });
  onTestFinished(() => live.stop());
  const { open, lengths } = await onSocketFile(live, now);
  const slow = await open();
  slow.pause();
  const quick = await open();
  let seen = 0;
  quick.on('data', (chunk) => {
    seen = Math.max(seen, ...[...String(chunk).matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id)));
  });
  const dropped = () =>
    services.metrics.registry.getSingleMetricAsString('onsale_live_viewers_dropped_total');
  const closed = once(slow, 'close');
  await untilAsync(async () => / 1$/m.test(await dropped()), 'the slow one to be dropped');
  const at = revision;
  await until(() => seen > at, 'the quick one to go on');
  expect(Math.max(...lengths)).toBeLessThan(4_000);
  slow.resume();
  await closed;
});
