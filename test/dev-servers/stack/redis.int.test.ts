import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startRedis } from '../../../dev-servers/servers/redis.js';
import { installation } from '../../../dev-servers/servers/redis-install.js';
import { identityOf } from '../../../dev-servers/watchdog/process-identity.js';
import { until } from '../../../dev-servers/watchdog/until.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onsale-redis-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a value survives a stop and a start, also on the same port', async () => {
  const first = await startRedis({ dataDir: folder });
  const before = new Redis(first.url);
  await before.set('stock', '1000');
  await before.quit();
  const { pid } = first;
  await first.stop();
  expect(identityOf(pid)).toBeUndefined();

  const second = await startRedis({ dataDir: folder, port: first.port });
  const after = new Redis(second.url);
  expect(second.url).toBe(first.url);
  expect(await after.get('stock')).toBe('1000');
  await after.quit();
  await second.stop();
});

test('a server that was killed is stopped without complaint and started again', async () => {
  const first = await startRedis({ dataDir: folder });
  const { pid } = first;
  process.kill(pid, 'SIGKILL');
  expect(await until(() => identityOf(pid) === undefined, 10_000)).toBe(true);
  await first.stop();
  await (await startRedis({ dataDir: folder, port: first.port })).stop();
});

test('a port that is taken is an error with the words of the server', async () => {
  const first = await startRedis({ dataDir: join(folder, 'a') });
  await expect(startRedis({ dataDir: join(folder, 'b'), port: first.port })).rejects.toThrow(
    /Redis ended with 1\.[\s\S]*Address already in use/,
  );
  await first.stop();
});

test('with nothing on PATH the message names the ways out', () => {
  const script = `import('./dist/dev-servers/servers/redis.js')
    .then(({ startRedis }) => startRedis({ dataDir: ${JSON.stringify(folder)} }))
    .catch((error) => { console.log(error.message); });`;
  const said = execFileSync(process.execPath, ['-e', script], { env: { PATH: folder }, encoding: 'utf8' });
  expect(said).toMatch(/no redis-server or valkey-server on PATH.*REDIS_URL.*docker-compose\.yml/);
});

const machine = (isRoot: boolean, ...commands: string[]) => ({
  isRoot,
  has: (command: string) => commands.includes(command),
  maySudo: () => commands.includes('sudo'),
});

test.each([
  [
    'Debian as root',
    machine(true, 'apt-get'),
    ['apt-get update', 'apt-get install -y --no-install-recommends redis-server'],
  ],
  [
    'Debian with sudo',
    machine(false, 'apt-get', 'sudo'),
    ['sudo -n apt-get update', 'sudo -n apt-get install -y --no-install-recommends redis-server'],
  ],
  ['Debian without sudo', machine(false, 'apt-get'), []],
  ['Fedora as root', machine(true, 'dnf'), ['dnf install -y valkey', 'dnf install -y redis']],
  ['Alpine as root', machine(true, 'apk'), ['apk add --no-cache redis']],
  ['macOS with Homebrew', machine(false, 'brew'), ['brew install redis']],
  ['macOS as root, which Homebrew refuses', machine(true, 'brew'), []],
  ['a machine without a package manager', machine(true), []],
])('what is installed on %s', (_name, machine, commands) => {
  expect(installation(machine).map((command) => command.join(' '))).toEqual(commands);
});
