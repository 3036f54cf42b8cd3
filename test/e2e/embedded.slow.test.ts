import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterEach, describe, expect, it, test } from 'vitest';
import { isRunning, type ProcessIdentity } from '../../dev-servers/watchdog/process-identity.js';
import { Client } from '../../src/cli/demo/client.js';
import { uniqueNamespace } from '../support/stack.js';
import { until, untilAsync } from '../support/until.js';
import { environment, startServing } from './running-service.js';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Lock {
  readonly watchdog: ProcessIdentity;
  readonly servers: readonly ProcessIdentity[];
}

/** A service that has started all its servers. */
async function startAlone() {
  const folder = await mkdtemp(join(tmpdir(), 'onsale-alone-'));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  const urls = { EVENTSTORE_URL: '', REDIS_URL: '', DATABASE_URL: '' };
  const env = { ...environment('', undefined, urls), DATA_DIR: folder, LOG_LEVEL: 'fatal' };
  const service = await startServing(env);
  cleanUps.push(async () => {
    if (service.process.exitCode === null && service.process.signalCode === null)
      await service.end('SIGKILL');
  });
  const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const lock = (): Lock => read('onsale.lock');
  expect(lock().servers).toHaveLength(3);
  return { service, lock, databaseUrl: String(read('servers.json').servers.databaseUrl) };
}

describe('a service with servers of its own', () => {
  it('sells again after one backend of its Postgres was killed, and ends them also without its watchdog', async () => {
    const { service, lock, databaseUrl } = await startAlone();
    const client = new Client(service.url, 4);
    cleanUps.push(() => client.close());
    const body = { name: 'The Example', capacity: 10, vipSeats: 0 };
    const { data } = await client.api.POST('/concerts', { body });
    const params = { path: { concertId: String(data?.concertId) } };
    const buy = async (customerId: string) => {
      const body = { customerId };
      return (await client.api.POST('/concerts/{concertId}/purchases', { params, body })).response.status;
    };
    expect(await buy('first')).toBe(201);

    const postgres = new pg.Client({ connectionString: databaseUrl });
    postgres.on('error', () => {});
    await postgres.connect();
    const { rows } = await postgres.query<{ pid: number }>(
      `select pid from pg_stat_activity where application_name = 'event-store' limit 1`,
    );
    process.kill(Number(rows[0]?.pid), 'SIGKILL');
    await untilAsync(async () => (await buy('second')) === 201, 'a sale');
    const sold = async () => (await client.api.GET('/concerts/{concertId}', { params })).data?.sold;
    await untilAsync(async () => (await sold()) === 2, 'the read model');

    // Those that run now: the event store was started again.
    const { watchdog, servers } = lock();
    process.kill(watchdog.pid, 'SIGKILL');
    await until(() => !isRunning(watchdog), 'the watchdog to be gone');
    expect(servers.every(isRunning)).toBe(true);
    expect(await service.end('SIGTERM')).toBe(0);
    expect(servers.some(isRunning)).toBe(false);
  });
});

describe('the scripts of the package', () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync('package.json', 'utf8'));

  test.each(Object.entries(scripts).filter(([, script]) => /\bnode /.test(script)))(
    '%s is ended by what ends its shell',
    (_name, script) => {
      expect(script).toMatch(/(^|&& )exec node [^&;|]*$/);
    },
  );

  test('start: the service stops in order on SIGTERM', async () => {
    const script = String(scripts.start).replace('npm run -s build', 'true');
    const shell = spawn('sh', ['-c', script], {
      env: environment(uniqueNamespace()),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(createInterface(shell.stdout), 'line');
    shell.kill('SIGTERM');
    expect(await once(shell, 'exit')).toEqual([0, null]);
  });
});
