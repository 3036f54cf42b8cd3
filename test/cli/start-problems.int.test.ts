import { expect, test } from 'vitest';
import { loadConfig } from '../../src/cli/config.js';
import { cannotMigrate } from '../../src/cli/serving/start-problems.js';
import { startLogged } from '../e2e/logged-service.js';
import { environment } from '../e2e/running-service.js';
import { testServers, uniqueNamespace } from '../support/stack.js';

/** What an operator reads when a service does not start: one line that names the variable, and exit code 2. */
test.each([
  ['HOST is "no.such.host.invalid"', { HOST: 'no.such.host.invalid', ACCESS: 'guarded' }, '0'],
  ['HOST is "no.such.host.invalid"', { HOST: 'no.such.host.invalid', ACCESS: 'guarded' }, '1'],
  ['HOST is "192.0.2.1"', { HOST: '192.0.2.1', ACCESS: 'open' }, '0'],
  [
    'DATABASE_URL: Postgres at 127.0.0.1:1 cannot be used',
    { DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:1/x' },
    '0',
  ],
  ['DATABASE_URL: Postgres at localhost:1', { DATABASE_URL: 'postgres://u:hunter2@localhost:1/x' }, '1'],
])('%s, with %o and %s workers', async (beginning, wrong, workers) => {
  const service = startLogged(environment(uniqueNamespace(), testServers(), wrong), '--workers', workers);
  expect(await service.closed).toBe(2);
  expect(service.lines).toEqual([{ text: expect.stringContaining(`onsale: ${beginning}`) }]);
  expect(JSON.stringify(service.lines)).not.toContain('hunter2');
});

test('of a name with several addresses, none of which answers, each problem is told', () => {
  const loaded = loadConfig({ DATABASE_URL: 'postgres://u:hunter2@db/x' });
  if (!loaded.ok) throw new Error(loaded.problems.join());
  const urls = { eventStoreUrl: '', redisUrls: [], databaseUrl: 'postgres://u:hunter2@db/x' };
  const failed = new AggregateError([new Error('::1 is closed'), new Error('127.0.0.1 is closed')]);
  expect(cannotMigrate(failed, loaded.config, urls).message).toBe(
    'DATABASE_URL: Postgres at db:5432 cannot be used: ::1 is closed; 127.0.0.1 is closed',
  );
});
