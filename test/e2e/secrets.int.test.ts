import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis } from '../../dev-servers/servers/redis.js';
import { Relay } from '../../torture/cluster/relay.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { until, untilAsync } from '../support/until.js';
import { type LoggedService, startLogged, urlOf } from './logged-service.js';
import { environment } from './running-service.js';

/** What must not be found anywhere: a word of its own in each, so that it can be looked for. */
const secrets = {
  eventStore: randomBytes(8).toString('hex'),
  option: randomBytes(8).toString('hex'),
  redis: randomBytes(8).toString('hex'),
  postgres: randomBytes(8).toString('hex'),
  wrong: randomBytes(8).toString('hex'),
};
/** As a password, with what means something in a URL. */
const asPassword = (secret: string) => `p@ss:${secret}/?#`;
const inUrl = (secret: string) => encodeURIComponent(asPassword(secret));
const role = `r${randomBytes(6).toString('hex')}`;

const cleanUps: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

let folder: string;
let redis: Awaited<ReturnType<typeof startRedis>>;
let relays: { eventStore: Relay; postgres: Relay };

/** A Redis that wants its password. */
async function startLockedRedis(port?: number): Promise<void> {
  redis = await startRedis({ dataDir: folder, ...(port !== undefined && { port }) });
  const connection = new Redis(redis.url);
  await connection.config('SET', 'requirepass', asPassword(secrets.redis));
  connection.disconnect();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onsale-secrets-'));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  cleanUps.push(() => redis.stop());
  await startLockedRedis();

  const client = new pg.Client({ connectionString: testServers().databaseUrl });
  await client.connect();
  const password = client.escapeLiteral(asPassword(secrets.postgres));
  await client.query(`create role ${role} login superuser password ${password}`);
  cleanUps.push(async () => {
    await client.query(`reassign owned by ${role} to current_user; drop owned by ${role}; drop role ${role}`);
    await client.end();
  });

  const relayTo = async (url: URL) => {
    const relay = await Relay.open(url.hostname, Number(url.port));
    cleanUps.push(() => relay.close());
    return relay;
  };
  relays = {
    eventStore: await relayTo(new URL(testServers().eventStoreUrl)),
    postgres: await relayTo(new URL(testServers().databaseUrl)),
  };
});

/** The environment of a service that has a secret in every URL. */
function secretive(more: object) {
  const { pathname } = new URL(testServers().databaseUrl);
  const eventStore = `admin:${inUrl(secrets.eventStore)}@127.0.0.1:${relays.eventStore.port}`;
  return environment(uniqueNamespace(), undefined, {
    EVENTSTORE_URL: `esdb://${eventStore}?tls=false&sesame=${secrets.option}&tlsVerifyCert=false`,
    REDIS_URL: `redis://:${inUrl(secrets.redis)}@127.0.0.1:${redis.port}`,
    DATABASE_URL: `postgres://${role}:${inUrl(secrets.postgres)}@127.0.0.1:${relays.postgres.port}${pathname}`,
    READ_PATIENCE_MS: '500',
    APPEND_ATTEMPT_MS: '300',
    APPEND_TOTAL_MS: '500',
    ...more,
  });
}

/** All that the service has let out: to its log, for people, and to clients. */
function outputOf({ lines, printed }: LoggedService, answers: readonly string[] = []): string {
  return [...lines.map((line) => JSON.stringify(line)), ...printed, ...answers].join('\n');
}

function secretsIn(output: string): readonly string[] {
  return Object.entries(secrets).flatMap(([name, secret]) => (output.includes(secret) ? [name] : []));
}

const started = (more: object) => {
  const service = startLogged(secretive(more));
  cleanUps.push(async () => service.process.kill('SIGKILL'));
  return service;
};

describe('the secrets of a service', () => {
  it('are in none of its output when each server fails, at the level that logs everything', async () => {
    const service = started({ LOG_LEVEL: 'trace' });
    const url = await urlOf(service);
    const answers: string[] = [];
    const terms = { name: 'The Example', capacity: 10, vipSeats: 0 };
    const ask = async (path: string, body?: object) => {
      const headers = {
        'content-type': 'application/json',
        'idempotency-key': `"${randomBytes(8).toString('hex')}"`,
      };
      const response = await fetch(
        url + path,
        body && { method: 'POST', headers, body: JSON.stringify(body) },
      );
      const text = await response.text();
      answers.push(JSON.stringify([...response.headers]), text);
      return { status: response.status, text };
    };
    const askAll = async (concertId: string) => {
      await ask(`/concerts/${concertId}/purchases`, { customerId: 'someone' });
      for (const path of ['/readyz', '/metrics', `/concerts/${concertId}`, `/concerts/${concertId}/events`])
        await ask(path);
    };
    let scheduled = await ask('/concerts', terms);
    await untilAsync(async () => {
      if (scheduled.status !== 201) scheduled = await ask('/concerts', terms);
      return scheduled.status === 201;
    }, 'a concert to be scheduled');
    const { concertId } = JSON.parse(scheduled.text);
    await askAll(concertId);
    relays.eventStore.cut();
    await askAll(concertId);
    relays.postgres.cut();
    await askAll(concertId);
    await redis.stop();
    await askAll(concertId);
    relays.eventStore.heal();
    relays.postgres.heal();
    service.process.kill('SIGTERM');
    await service.exited;
    expect(service.lines.length).toBeGreaterThan(10);
    expect(service.lines.filter(({ text }) => text !== undefined)).toEqual([]);
    expect(outputOf(service)).toContain('sesame');
    expect(secretsIn(outputOf(service, answers))).toEqual([]);
    await startLockedRedis(redis.port);
  });

  it.each(['trace', 'info'])(
    'are not told when that of Redis is wrong, but that it is wrong is: %s',
    async (level) => {
      const REDIS_URL = `redis://:${inUrl(secrets.wrong)}@127.0.0.1:${redis.port}`;
      const service = started({ REDIS_URL, LOG_LEVEL: level });
      await urlOf(service);
      await until(() => /WRONGPASS|password/i.test(outputOf(service)), 'the password to be complained about');
      service.process.kill('SIGTERM');
      await service.exited;
      expect(secretsIn(outputOf(service))).toEqual([]);
    },
  );

  it('are not told when that of Postgres is wrong, and the service says so and ends', async () => {
    const { databaseUrl } = testServers();
    const { host, pathname } = new URL(databaseUrl);
    const DATABASE_URL = `postgres://${role}:${inUrl(secrets.wrong)}@${host}${pathname}`;
    const service = started({ DATABASE_URL, LOG_LEVEL: 'trace' });
    expect(await service.exited).not.toBe(0);
    expect(outputOf(service)).toMatch(/password authentication failed/);
    expect(secretsIn(outputOf(service))).toEqual([]);
  });

  it.each([
    ['EVENTSTORE_URL', () => `esdb://admin:${inUrl(secrets.wrong)}@127.0.0.1:1?tls=maybe`],
    ['EVENTSTORE_URL', () => `http://admin:${inUrl(secrets.wrong)}@127.0.0.1`],
    ['REDIS_URL', () => `rediss//:${asPassword(secrets.wrong)}@127.0.0.1`],
    ['DATABASE_URL', () => `postgres:/${role}:${asPassword(secrets.wrong)}@`],
  ])('are not told when a URL cannot be read: %s', async (name, url) => {
    const service = started({ [name]: url(), LOG_LEVEL: 'trace' });
    expect(await service.exited).not.toBe(0);
    expect(outputOf(service)).not.toBe('');
    expect(secretsIn(outputOf(service))).toEqual([]);
  });
});
