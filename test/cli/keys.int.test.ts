import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { KeyRing } from '../../src/api/access/key-ring.js';
import { newOperatorKey, parseOperatorKey } from '../../src/api/access/operator-key.js';
import { ApiKeys } from '../../src/postgres/api-keys.js';
import { type Clock, systemClock } from '../../src/waiting/clock.js';
import { startLogged, urlOf } from '../e2e/logged-service.js';
import { environment, startServing } from '../e2e/running-service.js';
import { openMigrated } from '../projections/read-side.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { openCommandLine } from './command-line.js';

/** Operators' keys from the command line to the service, and what a service does that nobody guards. */

const namespace = uniqueNamespace();
const commandLine = openCommandLine(namespace);
const onsale = (...args: string[]) => commandLine(args);

const schedule = (url: string, key: string | null) =>
  fetch(`${url}/concerts`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify({ name: 'Guarded', capacity: 1, vipSeats: 0 }),
  });

test('a key is shown once, opens the operators’ routes, and is listed without its secret', async () => {
  const added = await onsale('keys', 'add', 'box office', '--json');
  const { id, key } = JSON.parse(added.out) as { id: string; key: string };
  const shown = await onsale('keys', 'add', 'second');
  expect(shown).toMatchObject({ code: 0, out: expect.stringMatching(/^onsale_[0-9a-f]{12}_[\w-]{43}\n$/) });
  const listed = (await onsale('keys', 'list')).out;
  expect(listed).toMatch(new RegExp(`^${id} +box office +\\d{4}-`, 'm'));
  expect(listed).not.toContain(key.slice(20));

  const service = await startServing(environment(namespace, testServers(), { ACCESS: 'guarded' }));
  onTestFinished(async () => void (await service.end('SIGTERM')));
  const statuses = [];
  for (const each of [key, null, newOperatorKey('nobody').text]) {
    statuses.push((await schedule(service.url, each)).status);
  }
  expect(statuses).toEqual([201, 401, 401]);
});

test('a revoked key is refused ten seconds later, and stays revoked', async () => {
  const { id, key } = JSON.parse((await onsale('keys', 'add', 'intern', '--json')).out);
  const database = await openMigrated(namespace);
  onTestFinished(() => database.close());
  let skippedMs = 0;
  const clock: Clock = { ...systemClock, monotonic: () => performance.now() + skippedMs };
  const keys = new ApiKeys(database);
  const ring = new KeyRing({ source: () => keys.valid(), logger: pino({ level: 'silent' }), clock });
  const parsed = parseOperatorKey(key);
  if (parsed === null) throw new TypeError('a key');
  expect(await ring.holderOf(parsed)).toBe('intern');
  expect(await onsale('keys', 'revoke', id)).toMatchObject({ code: 0, out: 'Revoked the key of intern.\n' });
  skippedMs = 10_000;
  await expect(ring.holderOf(parsed)).rejects.toMatchObject({ problem: { name: 'unauthorized' } });
  const [first] = (await keys.list()).filter((one) => one.id === id);
  await onsale('keys', 'revoke', id);
  expect((await keys.list()).filter((one) => one.id === id)).toEqual([first]);
  expect(await onsale('keys', 'revoke', 'nobody')).toMatchObject({
    code: 2,
    complaint: expect.stringContaining('No key has the id "nobody"'),
  });
});

test.each(['0.0.0.0', '::', '127.evil.example', 'tickets.example'])(
  'a service on %s that nobody guards does not start, and says how to mend it',
  async (host) => {
    for (const args of [['serve'], ['demo', '--once']]) {
      const { code, complaint } = await commandLine(args, { HOST: host, PORT: '0' });
      expect(code).toBe(2);
      expect(complaint).toMatch(new RegExp(`^onsale: HOST is "${host}", and whoever reaches it`));
      for (const way of ['JWT_SECRET', 'ACCESS=guarded', 'HOST=127.0.0.1', 'ACCESS=open']) {
        expect(complaint).toContain(way);
      }
    }
  },
);

test.each([
  ['on loopback', {}, 1],
  ['beyond it, on purpose', { HOST: '0.0.0.0', ACCESS: 'open' }, 1],
  ['where access is guarded', { HOST: '0.0.0.0', ACCESS: 'guarded' }, 0],
])('open access is told loudly at the start %s', async (_, more, times) => {
  const service = startLogged(environment(namespace, testServers(), { LOG_LEVEL: 'warn', ...more }));
  onTestFinished(() => void service.process.kill('SIGKILL'));
  await urlOf(service);
  service.process.kill('SIGTERM');
  await service.closed;
  const loud = service.lines.filter(({ msg }) => String(msg).startsWith('ACCESS IS OPEN'));
  expect(loud).toHaveLength(times);
});
