import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/cli/config.js';
import { type Check, checkClock } from '../../src/cli/doctor/check.js';
import { checkAccess } from '../../src/cli/doctor/check-access.js';
import { checkBenchReport, checkNode } from '../../src/cli/doctor/check-machine.js';
import { eventStoreChecks, postgresChecks, redisChecks } from '../../src/cli/doctor/check-servers.js';
import { examine } from '../../src/cli/doctor/examine.js';
import { makeCertificate } from '../support/certificate.js';

const verdicts = (checks: readonly Check[]) => checks.map(({ verdict }) => verdict);
const bad = (checks: readonly Check[]) => checks.filter(({ verdict }) => verdict !== 'ok');

test('a clock that differs by more than a second is told of, unless the answer took as long', () => {
  expect(checkClock('x', { aheadMs: 900, exactToMs: 1 }).verdict).toBe('ok');
  expect(checkClock('x', { aheadMs: 3_000, exactToMs: 2_500 }).verdict).toBe('ok');
  expect(checkClock('x', { aheadMs: 3_000, exactToMs: 1 }).says).toMatch(/3\.0 s ahead of/);
  expect(checkClock('x', { aheadMs: -2_000, exactToMs: 0 }).says).toMatch(/2\.0 s behind/);
});

test.each([
  ['18.20.0', 'problem'],
  ['20.17.0', 'problem'],
  ['20.18.1', 'ok'],
  ['26.0.0', 'ok'],
])('Node %s: %s', (version, verdict) => {
  expect(checkNode(version).verdict).toBe(verdict);
});

test('a bench report that cannot be read is told of', () => {
  expect(checkBenchReport({ benchReport: null })).toEqual([]);
  expect(verdicts(checkBenchReport({ benchReport: 'package.json' }))).toEqual(['ok']);
  expect(verdicts(checkBenchReport({ benchReport: 'nowhere/report.json' }))).toEqual(['warning']);
});

describe('access', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onsale-doctor-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const [certFile, keyFile] = [join(folder, 'x.crt'), join(folder, 'x.key')];
  const { cert, key } = makeCertificate('onsale');
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
  const tls = { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile };

  test.each<[string, Record<string, string>, string, string[]]>([
    ['open on loopback', {}, '2030-01-01', ['ok']],
    ['open beyond it by accident', { HOST: '0.0.0.0' }, '2030-01-01', ['problem', 'warning']],
    ['guarded, addresses unknown', { ACCESS: 'guarded' }, '2030-01-01', ['ok', 'warning']],
    ['guarded and limited', { ACCESS: 'guarded', TRUSTED_PROXIES: 'none' }, '2030-01-01', ['ok', 'ok']],
    ['with a certificate', tls, '2030-01-01', ['ok', 'ok']],
    ['with one that ends soon', tls, '2049-12-25', ['ok', 'warning']],
    ['with one that has ended', tls, '2050-01-01', ['ok', 'problem']],
    ['with one that is not there', { ...tls, TLS_CERT_FILE: '/nowhere' }, '2030-01-01', ['ok', 'problem']],
  ])('%s', (_, env, now, expected) => {
    const loaded = loadConfig(env);
    if (!loaded.ok) throw new Error(loaded.problems.join());
    expect(verdicts(checkAccess(loaded.config, `${now}T00:00:00.000Z`))).toEqual(expected);
  });
});

describe('an event store', () => {
  const sound = { version: '26.0.3', logId: 'a', appendProblem: null };
  test.each([
    ['26.0.3', 'ok'],
    ['23.10.8', 'ok'],
    ['22.10.1', 'problem'],
    ['', 'unknown'],
  ])('of version "%s": %s', (version, verdict) => {
    expect(verdicts(eventStoreChecks({ ...sound, version }))).toEqual([verdict, 'ok', 'ok']);
  });

  test('that takes no appends is a problem, with the reason', () => {
    expect(bad(eventStoreChecks({ ...sound, appendProblem: 'access denied' }))).toMatchObject([
      { verdict: 'problem', says: expect.stringContaining('access denied') },
    ]);
  });
});

describe('a Postgres', () => {
  const sound = {
    ...{ version: '18.4', versionNumber: 180_004, user: 'ada', database: 'tickets', schema: 'onsale' },
    ...{ hasSchema: true, mayCreate: true, isReplica: false, maxConnections: 100, openConnections: 5 },
    clock: { aheadMs: 0, exactToMs: 1 },
  };
  const checked = (changed: Partial<typeof sound>) =>
    bad(postgresChecks({ ...sound, ...changed }, { databasePoolSize: 10 }));

  test('that is as it should be has nothing wrong', () => {
    expect(checked({})).toEqual([]);
  });
  test('of an old version, or a standby, is a problem', () => {
    expect(verdicts(checked({ versionNumber: 130_000 }))).toEqual(['problem']);
    expect(verdicts(checked({ isReplica: true }))).toEqual(['problem']);
  });
  test('whose user may not make tables: the statement that allows it', () => {
    expect(checked({ mayCreate: false })[0]?.mend).toBe('grant create, usage on schema "onsale" to "ada"');
    expect(checked({ mayCreate: false, hasSchema: false })[0]?.mend).toBe(
      'grant create on database "tickets" to "ada"',
    );
  });
  test('with too few connections is warned of', () => {
    expect(verdicts(checked({ openConnections: 90 }))).toEqual(['warning']);
  });
});

describe('a Redis', () => {
  const sound = {
    ...{ server: 'cache:6379', problem: null, version: 'Redis 8.2.1' },
    ...{ infoProblem: null, maxmemoryPolicy: 'noeviction', isPersistent: true },
    clock: { aheadMs: 0, exactToMs: 1 },
  };
  test.each<[Partial<Parameters<typeof redisChecks>[0]>, Check['verdict'][]]>([
    [{}, []],
    [{ problem: 'NOAUTH' }, ['problem']],
    [{ version: 'Redis 6.0.9' }, ['problem']],
    [{ version: 'Valkey 8.1.1' }, []],
    [{ version: null, maxmemoryPolicy: null }, ['unknown', 'unknown']],
    [{ maxmemoryPolicy: 'allkeys-lru' }, ['warning']],
    [{ isPersistent: false }, ['warning']],
  ])('%j: %j', (changed, expected) => {
    expect(verdicts(bad(redisChecks({ ...sound, ...changed })))).toEqual(expected);
  });

  test('that does not answer INFO is unknown for the reason that it gives', () => {
    const infoProblem = "NOPERM User app has no permissions to run the 'info' command";
    const silent = { version: null, maxmemoryPolicy: null, isPersistent: null, infoProblem };
    expect(bad(redisChecks({ ...sound, ...silent })).map(({ says }) => says)).toEqual([
      `it does not tell its version: ${infoProblem}`,
      `it does not tell its maxmemory-policy: ${infoProblem}`,
    ]);
  });
});

test('each variable that cannot be used is a problem of its own', async () => {
  const checks = await examine(loadConfig({ PURCHASE_MODE: 'fast', PORT: '-1' }));
  expect(bad(checks).map(({ says }) => says)).toEqual([
    expect.stringMatching(/^PORT is "-1"/),
    expect.stringMatching(/^PURCHASE_MODE is "fast"/),
  ]);
});
