import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { startStack } from '../../dev-servers/stack.js';
import { Client } from '../../src/cli/demo/client.js';
import { Crowd, type CrowdOptions } from '../../src/cli/demo/crowd.js';
import { reachVerdict } from '../../src/cli/demo/verdict.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { until, untilAsync } from '../support/until.js';
import { environment, type RunningService, runOnsale, startServing } from './running-service.js';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function serving(env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<RunningService> {
  const service = await startServing(env, ...args);
  cleanUps.push(async () => {
    if (service.process.exitCode === null && service.process.signalCode === null)
      await service.end('SIGKILL');
  });
  return service;
}

function clientOf({ url }: RunningService): Client {
  const client = new Client(url, 32);
  cleanUps.push(() => client.close());
  return client;
}

async function schedule(client: Client, capacity: number): Promise<string> {
  const body = { name: 'The Example', capacity, vipSeats: 3 };
  const { data, response } = await client.api.POST('/concerts', { body });
  expect(response.status).toBe(201);
  return String(data?.concertId);
}

const buy = (client: Client, concertId: string, number: number) =>
  client.api.POST('/concerts/{concertId}/purchases', {
    params: { path: { concertId } },
    body: { customerId: `customer ${number}` },
  });

const crowdFor = (concertId: string, more: Partial<CrowdOptions> = {}): CrowdOptions => ({
  concertId,
  customers: 300,
  inFlight: 32,
  seed: 1,
  impatient: 0.1,
  hangUp: 0.1,
  regret: 0.05,
  ...more,
});

async function violatedBy(
  client: Client,
  concertId: string,
  crowd: Crowd,
  rush = crowd.rush(),
): Promise<readonly string[]> {
  const { history, revision } = await rush;
  const { findings } = await reachVerdict(client, concertId, history, revision);
  return findings
    .filter(({ verdict }) => verdict === 'violated')
    .map(({ invariant, examples }) => `${invariant}: ${examples}`);
}

/** As if the lease of a killed process had run out, which takes five seconds. */
async function endLease(namespace: string): Promise<void> {
  const client = new pg.Client({ connectionString: testServers().databaseUrl });
  await client.connect();
  await client.query(`update "${namespace}".lease set expires_at = clock_timestamp()`);
  await client.end();
}

/** Besides the scrape that tells of them. */
const untilInProgress = ({ url }: RunningService, requests: number) =>
  untilAsync(async () => {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return metrics.includes(`onsale_http_requests_in_progress ${requests + 1}\n`);
  }, 'the requests to arrive');

/** Whether it takes no new connections. */
const refuses = ({ url }: RunningService) =>
  fetch(`${url}/healthz`, { headers: { Connection: 'close' } }).then(
    () => false,
    () => true,
  );

describe('the service', () => {
  it('sells out over HTTP with all invariants held', async () => {
    const client = clientOf(await serving(environment(uniqueNamespace())));
    const concertId = await schedule(client, 100);
    expect(await violatedBy(client, concertId, new Crowd(client, crowdFor(concertId)))).toEqual([]);
  });

  it('killed right after it acknowledged, before it projected, has the sale when it is back', async () => {
    const namespace = uniqueNamespace();
    const env = environment(namespace);
    const first = await serving(env);
    const concertId = await schedule(clientOf(first), 100);
    const buyer = clientOf(first);
    const bought = await Promise.all(Array.from({ length: 20 }, (_, i) => buy(buyer, concertId, i)));
    await first.end('SIGKILL');
    expect(bought.map(({ response }) => response.status)).toEqual(Array(20).fill(201));
    await endLease(namespace);
    const again = clientOf(await serving(env));
    const revisions = bought.map(({ data }) =>
      Number(data !== undefined && 'revision' in data && data.revision),
    );
    const last = String(Math.max(...revisions));
    const path = { concertId };
    const query = { minRevision: last };
    const { data: concert } = await again.api.GET('/concerts/{concertId}', {
      params: { path, query, header: { Prefer: 'wait=20' } },
    });
    expect(concert).toMatchObject({ sold: 20, remaining: 80, revision: last });
    const { data: sales } = await again.api.GET('/concerts/{concertId}/sales', { params: { path, query } });
    expect(sales?.items.reduce((sum, { sold, released }) => sum + sold - released, 0)).toBe(20);
    const stock = async () => (await again.api.GET('/concerts/{concertId}/stock', { params: { path } })).data;
    await untilAsync(async () => (await stock())?.revision === last, 'the stock to follow the read model');
    expect(await stock()).toMatchObject({ remaining: 80 });
  });

  it('told to stop answers who waits for a revision at once, then what is in flight, and leaves no lock behind', async () => {
    const namespace = uniqueNamespace();
    const patient = { LOCK_WAIT_MS: '60000', LONGEST_WAIT_MS: '60000', STOP_GRACE_MS: '600000' };
    const service = await serving(environment(namespace, testServers(), patient));
    const client = clientOf(service);
    const concertId = await schedule(client, 1_000);
    const redis = new Redis(testServers().redisUrl);
    cleanUps.push(() => redis.quit());
    const lock = `${namespace}:lock:${concertId}`;
    // As another process that has the lock: nobody is sold a ticket before it lets go.
    await redis.set(lock, 'another', 'PX', 60_000);
    const sales = Array.from({ length: 30 }, (_, i) => buy(client, concertId, i));
    const waits = Array.from({ length: 5 }, () =>
      fetch(`${service.url}/concerts/${concertId}?minRevision=99`, { headers: { Prefer: 'wait=60' } }),
    );
    await untilInProgress(service, sales.length + waits.length);
    const ended = service.end('SIGHUP');
    for (const answer of await Promise.all(waits)) {
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(await answer.json()).toMatchObject({ type: '/problems/not-yet-visible' });
    }
    await untilAsync(() => refuses(service), 'the stop to begin');
    await redis.del(lock);
    const statuses = (await Promise.all(sales)).map(({ response }) => response.status);
    expect(new Set(statuses)).toEqual(new Set([201]));
    expect(await ended).toBe(0);
    expect(await redis.exists(lock)).toBe(0);
  });

  it('goes on selling when Redis is stopped in the middle of a sale', async () => {
    const { eventStoreUrl, databaseUrl } = testServers();
    const { redisUrl, stop } = await startStack({ ephemeral: true, eventStoreUrl, databaseUrl });
    cleanUps.push(stop);
    const env = environment(
      uniqueNamespace(),
      { redisUrl, eventStoreUrl, databaseUrl },
      { LOG_LEVEL: 'error' },
    );
    const client = clientOf(await serving(env));
    const concertId = await schedule(client, 200);
    const crowd = new Crowd(client, crowdFor(concertId, { customers: 200, regret: 0 }));
    const rush = crowd.rush();
    await until(() => crowd.progress.bought >= 20, 'the sale to begin');
    await stop();
    // I11 has no cache to speak of; the stock comes from the read model then, and must agree all the same.
    expect(await violatedBy(client, concertId, crowd, rush)).toEqual([]);
    expect((await client.api.GET('/readyz')).data).toMatchObject({ status: 'degraded' });
    const metrics = await fetch(`${client.url}/metrics`);
    expect(await metrics.text()).toMatch(/onsale_commands_without_lock_total [1-9]/);
  });
});

describe('the demo', () => {
  it('sells 1,000 tickets to 10,000 customers and ends with a verdict', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onsale-demo-'));
    cleanUps.push(() => rm(folder, { recursive: true }));
    const file = join(folder, 'figures.json');
    const demo = runOnsale(['demo', '--once', '--json', file], environment(uniqueNamespace()));
    const printed: string[] = [];
    demo.stdout?.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
    const [code] = await once(demo, 'exit');
    expect(code, printed.join('')).toBe(0);
    expect(printed.join('')).toContain('Verdict: pass.');
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      capacity: 1_000,
      vipSeats: 10,
      customers: 10_000,
      live: 1_000,
      vip: 10,
      invariants: { I1: 'pass', I5: 'pass', I8: 'pass', I10: 'pass', I11: 'pass' },
    });
  });
});
