import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { Client } from 'undici';
import { afterEach, describe, expect, test } from 'vitest';
import { startStack } from '../../dev-servers/stack.js';
import { type LoggedService, startLogged, urlOf } from '../e2e/logged-service.js';
import { environment } from '../e2e/running-service.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { until, untilAsync } from '../support/until.js';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function serving(workers: number, more: object = {}, servers = testServers()) {
  const env = environment(uniqueNamespace(), servers, { LOG_LEVEL: 'info', ...more });
  const service = startLogged(env, '--workers', String(workers));
  cleanUps.push(async () => {
    service.process.kill('SIGKILL');
    await service.exited;
    // Those that the test stopped cannot see that their primary is gone.
    for (const pid of pidsOf(service)) tell(pid, 'SIGKILL');
  });
  const url = await urlOf(service);
  const pids = (await service.logged('a worker is ready', workers)).map(({ worker }) => Number(worker));
  return { service, url, pids };
}

const pidsOf = ({ lines }: LoggedService): readonly number[] =>
  lines.filter(({ msg }) => msg === 'a worker is ready').map(({ worker }) => Number(worker));

function tell(pid: number | undefined, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid ?? Number.NaN, signal);
  } catch {
    // It is gone.
    return false;
  }
}

const isAlive = (pid: number | undefined) => tell(pid, 0);

const statusOf = (url: string, path: string) =>
  fetch(url + path, { signal: AbortSignal.timeout(2_000) }).then(
    ({ status }) => status,
    () => 0,
  );

describe('workers', () => {
  test('that hang leave probes to the others, that die during a scrape do not take the service with them, and none outlives a second signal', async () => {
    const more = { WORKER_SILENCE_MS: '60000', STOP_GRACE_MS: '600000' };
    const { service, url, pids } = await serving(2, more);
    // The workers are given connections in turn, and an open one stays with its worker.
    const connections = Array.from({ length: 6 }, () => new Client(url));
    cleanUps.push(() => Promise.all(connections.map((connection) => connection.destroy())));
    const ask = async (connection: Client | undefined, path: string) =>
      await (await connection?.request({ path, method: 'GET' }))?.body.text();
    for (const connection of connections) await ask(connection, '/healthz');
    tell(pids[0], 'SIGSTOP');
    const toSecond: Client[] = [];
    for (const connection of connections) {
      ask(connection, '/healthz').then(
        () => toSecond.push(connection),
        () => {},
      );
    }
    await until(() => toSecond.length > 1, 'the second worker to answer');
    const [first, second] = toSecond;
    const metrics = await ask(first, '/metrics');
    expect(metrics).toContain('onsale_scrape_missing{part="workers"} 1');
    expect(metrics).toContain('onsale_projecting 1');
    expect(metrics).toContain('onsale_http_request_duration_seconds_count');
    const scrape = ask(first, '/metrics').catch(() => {});
    // Answered behind the scrape's arrival. The primary asks the first worker for a second, and has nobody to tell then.
    for (let time = 0; time < 20; time++) await ask(second, '/healthz');
    tell(pids[1], 'SIGKILL');
    await scrape;
    await service.logged('a worker is ready', 3);
    // Takes the new worker a second too.
    await untilAsync(async () => (await statusOf(url, '/metrics')) === 200, 'the new worker to answer');
    expect(service.process.exitCode).toBe(null);

    service.process.kill('SIGTERM');
    await service.logged('stopping: finishing requests in flight');
    expect(isAlive(pids[0])).toBe(true);
    service.process.kill('SIGTERM');
    await service.exited;
    const all = pidsOf(service);
    await until(() => !all.some(isAlive), 'the workers to be gone');
  });

  test('that end again and again start after pauses that double, also without their servers; that hang are killed at the end of the grace', async () => {
    const { eventStoreUrl, redisUrl } = testServers();
    const stack = await startStack({ ephemeral: true, eventStoreUrl, redisUrl });
    cleanUps.push(stack.stop);
    const more = { WORKER_SILENCE_MS: '600000', STOP_GRACE_MS: '1000' };
    const { service, url } = await serving(1, more, { ...testServers(), databaseUrl: stack.databaseUrl });
    await stack.stop();
    for (let ends = 0; ends < 3; ends++) {
      const ready = await service.logged('a worker is ready', ends + 1);
      tell(Number(ready[ends]?.worker), 'SIGKILL');
    }
    const ready = await service.logged('a worker is ready', 4);
    expect(await statusOf(url, '/healthz')).toBe(200);
    const ended = await service.logged('a worker ended; another takes its place', 3);
    expect(ended.map(({ signal }) => signal)).toEqual(Array(3).fill('SIGKILL'));
    expect(ended.map(({ startsInMs }) => startsInMs)).toEqual([250, 500, 1_000]);

    const last = Number(ready[3]?.worker);
    tell(last, 'SIGSTOP');
    service.process.kill('SIGTERM');
    expect(await service.exited).toBe(0);
    expect(isAlive(last)).toBe(false);
  });

  test('are sent nothing by a terminal that is closed; that hang are replaced, and leave no connection open that they never took', async () => {
    const { service, url, pids } = await serving(2, { WORKER_SILENCE_MS: '2000' });
    for (const pid of pids) tell(pid, 'SIGHUP');
    for (let time = 0; time < 20; time++) expect(await statusOf(url, '/healthz')).toBe(200);
    expect(pids.map(isAlive)).toEqual([true, true]);
    expect(service.lines.map(({ msg }) => msg)).not.toContain('a worker ended; another takes its place');

    tell(pids[0], 'SIGSTOP');
    const { hostname, port } = new URL(url);
    const closed = Array.from({ length: 6 }, () => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      socket.write('GET /healthz HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n');
      socket.resume();
      return new Promise((resolve) => socket.once('close', resolve));
    });
    expect(await service.logged('a worker hangs and is killed')).toMatchObject([{ worker: pids[0] }]);
    await Promise.all(closed);
    await service.logged('a worker is ready', 3);
    expect(isAlive(pids[0])).toBe(false);
    expect(await statusOf(url, '/healthz')).toBe(200);

    service.process.kill('SIGHUP');
    expect(await service.exited).toBe(0);
    expect(pidsOf(service).map(isAlive)).toEqual([false, false, false]);
  });

  test('of a port that is taken are told about in one line, and nothing starts', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    cleanUps.push(() => taken.close());
    const { port } = taken.address() as AddressInfo;
    const env = environment(uniqueNamespace(), testServers(), { PORT: String(port) });
    const service = startLogged(env, '--workers', '2');
    expect(await service.closed).toBe(2);
    expect(service.lines).toEqual([
      { text: expect.stringMatching(new RegExp(`^onsale: PORT is "${port}"`)) },
    ]);
  });
});
