import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RunningServer } from '../../src/api/http/server/server.js';
import type { PurchaseOutcome } from '../../src/commands/outcome.js';
import { until, untilAsync } from '../support/until.js';
import { accepted, aPurchase, CONCERT, type GivenServices, listenApi, send } from './support.js';

const json = JSON.stringify({ customerId: 'ada' });
const purchase = [
  `POST /concerts/${CONCERT}/purchases HTTP/1.1`,
  'Host: test',
  'Content-Type: application/json',
  `Content-Length: ${json.length}`,
  '',
  json,
].join('\r\n');

/** Purchases that wait until they are told to go on. */
function held() {
  const arrived: string[] = [];
  let release: (outcome: PurchaseOutcome) => void = () => {};
  let onArrival: () => void = () => {};
  const first = new Promise<void>((resolve) => {
    onArrival = resolve;
  });
  const outcome = new Promise<PurchaseOutcome>((resolve) => {
    release = resolve;
  });
  const given: GivenServices = {
    commands: {
      purchase: ({ customerId }) => {
        arrived.push(customerId);
        onArrival();
        return outcome;
      },
    },
  };
  return { given, arrived, first, release: () => release(accepted(aPurchase({}))) };
}

async function open({ port }: { port: number }): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, 'connect');
  return socket;
}

/** Everything that comes until the connection is closed. */
async function rest(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

describe('stopping', () => {
  test('answers what is in flight, closes idle connections and takes no new ones', async () => {
    const { given, first, release } = held();
    const api = await listenApi(given);
    const idle = await open(api);
    idle.write('GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n');
    await once(idle, 'data');
    const busy = await open(api);
    busy.write(purchase);
    await first;
    const idleEnd = rest(idle);
    const stopped = api.stop(60_000);
    await idleEnd;
    await expect(send(api, '/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const answer = rest(busy);
    release();
    expect(await answer).toMatch(/^HTTP\/1\.1 201 Created\r\n[\s\S]*Connection: close/);
    await stopped;
  });

  test('still answers what a client sends on an open connection at that moment, and says it is the last', async () => {
    const { given, release } = held();
    release();
    const api = await listenApi(given);
    const kept = await open(api);
    kept.write('GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n');
    await once(kept, 'data');
    const stopped = api.stop(60_000);
    const answer = rest(kept);
    kept.write(purchase);
    expect(await answer).toMatch(/^HTTP\/1\.1 201 Created\r\n[\s\S]*Connection: close/);
    await stopped;
  });

  test('waits for nobody who has asked for nothing', async () => {
    const { given, first, release } = held();
    const api = await listenApi(given);
    const silent = await open(api);
    const busy = await open(api);
    busy.write(purchase);
    await first;
    const stopped = api.stop(3_600_000);
    await rest(silent);
    release();
    expect(await rest(busy)).toMatch(/^HTTP\/1\.1 201 Created\r\n/);
    await stopped;
  });

  test('tells each connection once, however many requests are in flight', async () => {
    const { given, arrived, release } = held();
    const warnings: string[] = [];
    const onWarning = ({ message }: Error) => warnings.push(message);
    process.on('warning', onWarning);
    onTestFinished(() => void process.off('warning', onWarning));
    const api = await listenApi(given);
    const buyers = await Promise.all(Array.from({ length: 30 }, () => open(api)));
    const answers = buyers.map(rest);
    for (const socket of buyers) socket.write(purchase);
    await until(() => arrived.length === buyers.length, 'every purchase to arrive');
    const stopped = api.stop(60_000);
    release();
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 201 Created\r\n/);
    await stopped;
    await new Promise(setImmediate);
    expect(warnings).toEqual([]);
  });

  test('does not wait for ever', async () => {
    const { given, first } = held();
    const api = await listenApi(given);
    const busy = await open(api);
    busy.write(purchase);
    await first;
    const answer = rest(busy);
    await api.stop(1);
    expect(await answer).toBe('');
  });
});

describe('garbage', () => {
  test.each([
    ['that is no HTTP', 'HELO there\r\n\r\n', '400', '/problems/invalid-request'],
    [
      'in a body',
      `${purchase.split('Content-Length')[0]}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
      '400',
      'invalid-request',
    ],
    [
      'of two lengths',
      purchase.replace('Host: test', 'Host: test\r\nTransfer-Encoding: chunked'),
      '400',
      'invalid-request',
    ],
    [
      'of endless headers',
      `GET / HTTP/1.1\r\nHost: test\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      '431',
      'headers-too-large',
    ],
  ])('%s is answered and the connection closed', async (_, bytes, status, type) => {
    const { given, arrived } = held();
    const api = await listenApi(given);
    const socket = await open(api);
    socket.write(bytes);
    const answer = await rest(socket);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain('Content-Type: application/problem+json');
    expect(answer).toContain(type);
    expect(arrived).toEqual([]);
  });

  test('behind a purchase is never taken for its answer', async () => {
    const { given, first, release } = held();
    const api = await listenApi(given);
    const socket = await open(api);
    const answer = rest(socket);
    socket.write(purchase);
    await first;
    socket.write('garbage\r\n\r\n');
    expect(await answer).toBe('');
    release();
    expect(await send(api, '/healthz')).toMatchObject({ status: 200 });
  });
});

describe('a client', () => {
  test('that dawdles over its headers is cut off', async () => {
    const api = await listenApi({}, { headersTimeoutMs: 50 });
    const socket = await open(api);
    socket.write('GET /healthz HTTP/1.1\r\nHost: te');
    expect(await rest(socket)).toMatch(/^HTTP\/1\.1 408 [\s\S]*\/problems\/request-timeout/);
  });

  test('that dawdles over its body is cut off, and nothing is bought', async () => {
    const { given, arrived } = held();
    const api = await listenApi(given, { headersTimeoutMs: 50, requestTimeoutMs: 50 });
    const socket = await open(api);
    socket.write(purchase.slice(0, -3));
    expect(await rest(socket)).toMatch(/^HTTP\/1\.1 408 /);
    expect(arrived).toEqual([]);
  });

  test('that is gone before its body is whole buys nothing, and hurts nobody', async () => {
    const { given, arrived } = held();
    const api = await listenApi({ ...given, logLevel: 'debug' });
    const socket = await open(api);
    socket.write(purchase.slice(0, -3));
    socket.end();
    await rest(socket);
    expect(await send(api, '/healthz')).toMatchObject({ status: 200 });
    expect(arrived).toEqual([]);
    expect(api.lines.filter(({ level }) => Number(level) >= 40)).toEqual([]);
  });

  test('that is gone before its answer leaves the purchase to finish', async () => {
    const { given, first, release } = held();
    const api = await listenApi(given);
    const socket = await open(api);
    socket.write(purchase);
    await first;
    socket.resetAndDestroy();
    await once(socket, 'close');
    release();
    expect(await send(api, '/healthz')).toMatchObject({ status: 200 });
    const counted = await api.services.metrics.registry.metrics();
    expect(counted).toContain('onsale_purchases_total{mode="batch",outcome="accepted"} 1');
    expect(api.lines).toEqual([]);
  });

  test('that sent far too much can go on with its connection', async () => {
    const api = await listenApi();
    const socket = await open(api);
    const chunk = `1000\r\n${'x'.repeat(0x1000)}\r\n`;
    const head = purchase.replace(/Content-Length[\s\S]*/, 'Transfer-Encoding: chunked\r\n\r\n');
    const next = 'GET /healthz HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n';
    socket.write(`${head}${chunk.repeat(100)}0\r\n\r\n${next}`);
    expect(await rest(socket)).toMatch(/^HTTP\/1\.1 413 [\s\S]*HTTP\/1\.1 200 OK[\s\S]*alive/);
  });

  test('that expects the unexpected is served all the same', async () => {
    const api = await listenApi();
    const headers = { expect: 'miracles', connection: 'close' };
    const socket = await open(api);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    socket.write(`GET /healthz HTTP/1.1\r\nHost: test\r\n${lines.join('\r\n')}\r\n\r\n`);
    expect(await rest(socket)).toMatch(/^HTTP\/1\.1 200 /);
  });
});

test('an address that is taken is an error', async () => {
  const api = await listenApi();
  await expect(listenApi({}, { port: api.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

describe('a connection is closed for good', () => {
  /** As short as a test can wait for. */
  const quick = { headersTimeoutMs: 100, requestTimeoutMs: 100, lingerMs: 100, unreadMs: 100, sweepMs: 20 };
  const garbage = 'HELO there\r\n\r\n';

  async function connections({ port }: { port: number }, count: number, bytes: string): Promise<void> {
    for (let i = 0; i < count; i++) {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      onTestFinished(() => void socket.destroy());
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.write(bytes);
      // Reads what comes, and never closes its own side.
      socket.resume();
    }
  }

  const untilNoneIsOpen = (api: Pick<RunningServer, 'connections'>) =>
    untilAsync(async () => (await api.connections()) === 0, 'every connection to be closed');

  test('after a malformed request, though the client ignores it', async () => {
    const api = await listenApi({}, { ...quick, headersTimeoutMs: 60_000, requestTimeoutMs: 60_000 });
    await connections(api, 20, garbage);
    await untilNoneIsOpen(api);
  });

  test('after a request that did not arrive in time', async () => {
    const api = await listenApi({}, quick);
    await connections(api, 5, purchase.slice(0, -3));
    await connections(api, 5, purchase.slice(0, 30));
    await connections(api, 5, '');
    await untilNoneIsOpen(api);
  });

  test.each([
    ['404', 'POST /nowhere HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\nx'],
    ['413', `${purchase.split('Content-Length')[0]}Content-Length: 1000000\r\n\r\n{`],
  ])('after a %s whose body is still being sent, with no second answer', async (status, bytes) => {
    const api = await listenApi({}, quick);
    const socket = await open(api);
    const answer = rest(socket);
    socket.write(bytes);
    const trickle = setInterval(() => socket.write('x'), 10);
    onTestFinished(() => clearInterval(trickle));
    const text = await answer;
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    await untilNoneIsOpen(api);
  });

  test('when its client takes no answers', async () => {
    const name = 'x'.repeat(100_000);
    const items = Array.from({ length: 100 }, () => ({ name }));
    const page = { items, next: null };
    const api = await listenApi({ queries: { listConcerts: async () => page as never } }, quick);
    const socket = await open(api);
    socket.pause();
    socket.write('GET /concerts HTTP/1.1\r\nHost: test\r\n\r\n');
    await untilNoneIsOpen(api);
  });

  test('but not while its client waits for an answer', async () => {
    const { given, first, release } = held();
    const api = await listenApi(given, quick);
    const socket = await open(api);
    const answer = once(socket, 'data');
    socket.write(purchase);
    await first;
    await connections(api, 5, garbage);
    await untilAsync(async () => (await api.connections()) === 1, 'the others to be closed');
    release();
    expect(String((await answer)[0])).toMatch(/^HTTP\/1\.1 201 /);
  });
});

test('a request of HTTP/1.1 without Host is refused in words', async () => {
  const api = await listenApi();
  const socket = await open(api);
  socket.write('GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n');
  expect(await rest(socket)).toMatch(
    /^HTTP\/1\.1 400 [\s\S]*\/problems\/invalid-request[\s\S]*Host is missing/,
  );
  const old = await open(api);
  old.write('GET /healthz HTTP/1.0\r\n\r\n');
  expect(await rest(old)).toMatch(/^HTTP\/1\.1 200 /);
});
