import { expect, onTestFinished, test } from 'vitest';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { environment, startServing } from './running-service.js';

/** The limits of the configuration, of a service with two workers. */

async function serving(variables: Record<string, string>) {
  const env = environment(uniqueNamespace(), testServers(), variables);
  const service = await startServing(env, '--workers', '2');
  onTestFinished(async () => void (await service.end('SIGTERM')));
  const ask = (path: string, address: string, body?: object) =>
    fetch(service.url + path, {
      headers: { 'x-forwarded-for': address, connection: 'close', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
  return ask;
}

const count = (statuses: readonly number[], status: number) =>
  statuses.filter((each) => each === status).length;

test('an address is limited over all workers, and so are the purchases from it', async () => {
  const ask = await serving({
    TRUSTED_PROXIES: '127.0.0.1',
    RATE_LIMIT_ADDRESS: '8/3600',
    RATE_LIMIT_PURCHASES: '3/3600',
  });
  const terms = { name: 'Limited', capacity: 100, vipSeats: 0 };
  const { concertId } = (await (await ask('/concerts', '192.0.2.9', terms)).json()) as { concertId: string };
  const seen: number[] = [];
  for (let i = 0; i < 20; i++) seen.push((await ask('/concerts', '192.0.2.1')).status);
  expect([count(seen, 200), count(seen, 429)]).toEqual([8, 12]);

  const bought: number[] = [];
  for (let i = 0; i < 8; i++) {
    const body = { customerId: `account-${i}` };
    bought.push((await ask(`/concerts/${concertId}/purchases`, '192.0.2.2', body)).status);
  }
  // A worker learns from its own next purchase that the quota is used up.
  expect([3, 4]).toContain(count(bought, 201));
  expect(count(bought, 201) + count(bought, 429)).toBe(8);
});

test('no address is limited until TRUSTED_PROXIES says whose word is taken', async () => {
  const ask = await serving({ RATE_LIMIT_ADDRESS: '1/3600' });
  for (let i = 0; i < 5; i++) expect((await ask('/concerts', '192.0.2.1')).status).toBe(200);
});
