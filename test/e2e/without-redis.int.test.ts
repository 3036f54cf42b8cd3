import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { Client } from '../../src/cli/demo/client.js';
import { Crowd } from '../../src/cli/demo/crowd.js';
import { reachVerdict } from '../../src/cli/demo/verdict.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { environment } from './running-service.js';

const main = fileURLToPath(new URL('../../dist/programs/onsale.js', import.meta.url));

const withoutRedis = (namespace: string, more: object = {}) =>
  environment(namespace, { ...testServers(), redisUrl: 'none' }, { LOG_LEVEL: 'debug', ...more });

/** The service, and every line that it logs. */
async function serving(env: NodeJS.ProcessEnv, ...args: readonly string[]) {
  const child = spawn(process.execPath, [main, 'serve', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const logged: string[] = [];
  createInterface(child.stderr).on('line', (line) => logged.push(line));
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const client = new Client(line.replace('onsale listens on ', ''), 32);
  onTestFinished(() => client.close());
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  return { client, logged, stop };
}

const onsale = (env: NodeJS.ProcessEnv, ...args: string[]) =>
  new Promise<{ code: number; out: string; complaint: string }>((done) => {
    execFile(process.execPath, [main, ...args], { env }, (error, out, complaint) =>
      done({ code: typeof error?.code === 'number' ? error.code : 0, out, complaint }),
    );
  });

it.each(['0', '2'])(
  'REDIS_URL=none, --workers %s: the service sells, answers and is audited',
  async (workers) => {
    const namespace = uniqueNamespace();
    const { client, logged, stop } = await serving(withoutRedis(namespace), '--workers', workers);
    const terms = { name: 'The Example', capacity: 60, vipSeats: 3 };
    const concertId = String((await client.api.POST('/concerts', { body: terms })).data?.concertId);
    const params = { path: { concertId } };
    const sale = { concertId, customers: 150, inFlight: 32, seed: 1 };
    const crowd = new Crowd(client, { ...sale, impatient: 0.1, hangUp: 0.1, regret: 0.05 });
    const { history, revision } = await crowd.rush();
    const { findings } = await reachVerdict(client, concertId, history, revision);
    expect(findings.filter(({ verdict }) => verdict === 'violated')).toEqual([]);
    const ofStock = findings.find(({ invariant }) => invariant === 'I11');
    expect(ofStock).toMatchObject({ verdict: 'not applicable' });

    const ready = await client.api.GET('/readyz');
    expect(ready).toMatchObject({
      response: { status: 200 },
      data: { status: 'ready', checks: { redis: 'not used' }, ownership: null },
    });
    const stock = await client.api.GET('/concerts/{concertId}/stock', { params });
    expect(stock).toMatchObject({ data: { remaining: 0, source: 'read-model' } });
    const shown = await client.api.GET('/concerts/{concertId}', { params });
    expect(shown).toMatchObject({ data: { owner: null } });
    const audited = await onsale(withoutRedis(namespace), 'audit', concertId);
    expect(audited.code).toBe(0);
    // An audit on a slow machine says how far it is.
    expect(audited.complaint.split('\n').filter((line) => line !== '' && !line.includes('events/s'))).toEqual(
      [],
    );
    expect(audited.out).toMatch(/I11 +n\/a .*no Redis, by configuration/);

    const queued = await client.api.POST('/concerts', { body: { ...terms, purchaseMode: 'queue' } });
    expect(queued).toMatchObject({
      response: { status: 422 },
      error: { type: '/problems/mode-needs-redis' },
    });
    await stop();
    const processes = workers === '0' ? 1 : 1 + Number(workers);
    // At debug each request is a line too; one of them was refused with a problem that names Redis.
    const ofRedis = logged.filter((line) => /redis/i.test(line)).map((line) => JSON.parse(line).msg);
    expect(ofRedis.filter((message) => message !== 'request')).toEqual(
      Array(processes).fill('REDIS_URL is none: no lock, no stock cache and no arrival queue'),
    );
  },
);

it('what only Redis can give is refused at the start, in words', async () => {
  const env = withoutRedis(uniqueNamespace(), { PURCHASE_MODE: 'queue' });
  const refused = await onsale(env, 'serve');
  expect(refused.code).not.toBe(0);
  expect(refused.complaint).toContain(
    'PURCHASE_MODE is "queue"; expected batch, optimistic or unsafe, since REDIS_URL is "none"',
  );
  const rebuild = await onsale(withoutRedis(uniqueNamespace()), 'projections', 'rebuild', 'stock-cache');
  expect(rebuild.code).not.toBe(0);
  expect(rebuild.complaint).toContain('There is no stock in Redis to rebuild: REDIS_URL is none.');
});
