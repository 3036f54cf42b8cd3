import { expect, test } from 'vitest';
import { startLogged } from '../e2e/logged-service.js';
import { environment } from '../e2e/running-service.js';
import { testServers, uniqueNamespace } from '../support/stack.js';

/** What an operator reads when a service does not start: one line that names the variable, and exit code 2. */
test.each([
  ['HOST is "no.such.host.invalid"', { HOST: 'no.such.host.invalid' }, '0'],
  ['HOST is "no.such.host.invalid"', { HOST: 'no.such.host.invalid' }, '1'],
  ['HOST is "192.0.2.1"', { HOST: '192.0.2.1' }, '0'],
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
