import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaults, loadConfig } from '../../src/cli/config.js';

const problemsOf = (env: Record<string, string>): readonly string[] => {
  const loaded = loadConfig(env);
  return loaded.ok ? [] : loaded.problems;
};

describe('the configuration', () => {
  test('has a default for everything', () => {
    expect(loadConfig({})).toEqual({
      ok: true,
      config: {
        host: '127.0.0.1',
        port: 3000,
        corsOrigins: [],
        access: null,
        isOpenOnPurpose: false,
        tls: null,
        limits: {
          customer: { quota: 60, windowSeconds: 10 },
          address: { quota: 1_200, windowSeconds: 10 },
          purchases: { quota: 200, windowSeconds: 600 },
          trustedProxies: null,
        },
        stopGraceMs: 10_000,
        workerSilenceMs: 10_000,
        logLevel: 'info',
        benchReport: null,
        traces: null,
        namespace: '',
        servers: { eventStoreUrl: null, redisUrls: null, databaseUrl: null },
        dataDir: '.onsale',
        purchases: {
          purchaseMode: 'batch',
          lockWaitMs: 2_000,
          queueLimit: 10_000,
          longestWaitMs: 10_000,
          maxPurchasesInMemory: 2_000_000,
        },
        lockLeaseMs: 3_000,
        append: { attemptMs: 2_000, totalMs: 10_000 },
        readPatienceMs: 5_000,
        databasePoolSize: 10,
        redisCommandTimeoutMs: 250,
      },
    });
  });

  test('takes what the environment says', () => {
    const loaded = loadConfig({
      PORT: '8080',
      HOST: '0.0.0.0',
      EVENTSTORE_URL: 'esdb://admin:changeit@a:2113,b:2113,c:2113?tls=true&nodePreference=leader',
      REDIS_URL: 'redis://a:6379, rediss://:secret@b:6380/2',
      DATABASE_URL: 'postgres://u:p@db:5432/onsale',
      NAMESPACE: 'blue_2',
      PURCHASE_MODE: 'lock-cache',
      LOCK_WAIT_MS: '0',
      LOG_LEVEL: '',
    });
    expect(loaded).toMatchObject({
      ok: true,
      config: {
        host: '0.0.0.0',
        port: 8080,
        logLevel: 'info',
        benchReport: null,
        traces: null,
        namespace: 'blue_2',
        servers: {
          redisUrls: ['redis://a:6379', 'rediss://:secret@b:6380/2'],
          databaseUrl: 'postgres://u:p@db:5432/onsale',
        },
        purchases: { purchaseMode: 'lock-cache', lockWaitMs: 0 },
      },
    });
  });

  test.each([
    'esdb://h:2113?tls=false',
    'esdb+discover://cluster.example',
    'esdb://[::1]:2113',
    'esdb://u:p@h',
  ])('takes %s for an event store', (EVENTSTORE_URL) => {
    expect(loadConfig({ EVENTSTORE_URL })).toMatchObject({
      config: { servers: { eventStoreUrl: EVENTSTORE_URL } },
    });
  });

  test('tells of everything that is wrong at once, each by its name, with what was given and what is expected', () => {
    expect(
      problemsOf({ PORT: '70000', PURCHASE_MODE: 'fast', NAMESPACE: 'Blue', REDIS_URL: 'a:6379' }),
    ).toEqual([
      'PORT is "70000"; expected a whole number from 0 to 65535',
      'REDIS_URL is "a:6379"; expected redis://host:port or rediss://…, or several of them with commas between, or none',
      expect.stringMatching(/^NAMESPACE is "Blue"; expected a lower-case letter/),
      'PURCHASE_MODE is "fast"; expected one of unsafe, optimistic, lock, lock-cache, batch, queue',
    ]);
  });

  test.each(['tls=maybe', 'tls=', 'nodePreference=leader&tls=1', 'tlsVerifyCert=yes'])(
    'wants true or false of an event store: %s',
    (options) => {
      const [problem] = problemsOf({ EVENTSTORE_URL: `esdb://u:hunter2@h:2113?${options}` });
      expect(problem).toMatch(/^EVENTSTORE_URL is "esdb:\/\/\*\*\*@h:2113\?/);
      expect(problem).toContain('true or false');
    },
  );

  test('wants one try of an append to fit into all of them', () => {
    expect(problemsOf({ APPEND_ATTEMPT_MS: '5000', APPEND_TOTAL_MS: '1000' })).toEqual([
      'APPEND_ATTEMPT_MS is "5000"; expected no more than APPEND_TOTAL_MS, which is 1000',
    ]);
    expect(problemsOf({ APPEND_TOTAL_MS: '1000' })).toEqual([
      'APPEND_TOTAL_MS is "1000"; expected at least APPEND_ATTEMPT_MS, which is 2000',
    ]);
  });

  test('wants the two connections to Postgres that a rebuild needs', () => {
    expect(problemsOf({ DATABASE_POOL_SIZE: '1' })).toEqual([
      'DATABASE_POOL_SIZE is "1"; expected a whole number from 2 to 1000',
    ]);
    expect(problemsOf({ DATABASE_POOL_SIZE: '2' })).toEqual([]);
  });

  test.each([
    ['EVENTSTORE_URL', 'http://admin:hunter2@h:2113'],
    ['EVENTSTORE_URL', 'admin:hunter2@h'],
    ['REDIS_URL', 'redis://:hunter2@a,nonsense'],
    ['REDIS_URL', 'redis//:x,hunter2@a'],
    ['DATABASE_URL', 'mysql://root:hunter2@h/db'],
    ['DATABASE_URL', 'mysql://h/db?password=hunter2'],
  ])('never repeats a password: %s=%s', (name, value) => {
    const [problem = ''] = problemsOf({ [name]: value });
    expect(problem).toContain(name);
    expect(problem).not.toContain('hunter2');
  });

  test('answers whatever the environment says', () => {
    const name = fc.constantFrom(...Object.keys(defaults));
    fc.assert(
      fc.property(fc.dictionary(name, fc.string()), (env) => {
        const loaded = loadConfig(env);
        return (
          loaded.ok ||
          loaded.problems.every((problem) => Object.keys(env).some((key) => problem.startsWith(key)))
        );
      }),
    );
  });

  test('is documented, defaults included', async () => {
    const page = await readFile('docs/configuration.md', 'utf8');
    const rows = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
    const documented = new Map(rows.map(([, name, fallback]) => [name, fallback]));
    const undocumented = Object.entries(defaults).filter(([name, fallback]) => {
      const shown = fallback === null || fallback === '' ? '–' : `\`${fallback}\``;
      return documented.get(`\`${name}\``) !== shown;
    });
    expect(undocumented.map(([name]) => name)).toEqual([]);
  });
});
