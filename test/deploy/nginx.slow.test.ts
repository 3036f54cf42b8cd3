import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { freePort } from '../../dev-servers/servers/free-port.js';
import { longestWaitSeconds } from '../../src/api/http/prefer.js';
import { environment, type RunningService, startServing } from '../e2e/running-service.js';
import type { Nginx } from '../support/nginx.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { untilAsync } from '../support/until.js';
import { proxiedAddresses, shippedProxy, startProxy } from './proxy.js';

test('the proxy knows the services by the addresses that the compose file gives them', () => {
  const { services } = parse(readFileSync('docker-compose.ha.yml', 'utf8'), { merge: true });
  const given = ['onsale-1', 'onsale-2'].map((name) => services[name].networks.onsale.ipv4_address);
  expect(proxiedAddresses).toEqual(given.map((address) => `${address}:3000`));
});

test('the proxy is more patient than a client that waits as long as it may', () => {
  const [, patience] = /location @waits \{\s*proxy_read_timeout (\d+)s;/.exec(shippedProxy) ?? [];
  // The service may answer up to a second later while Postgres is silent.
  expect(Number(patience)).toBeGreaterThan(longestWaitSeconds + 5);
});

/** Real services behind a real nginx, with the file as it is shipped, but for addresses and shorter times. */
describe('two services behind the proxy', () => {
  // A killed holder of the lock keeps others out for a time that they wait for, so that nobody is told to come back.
  const more = { LOG_LEVEL: 'error', LOCK_LEASE_MS: '1000', LOCK_WAIT_MS: '2500' };
  const env = environment(uniqueNamespace(), testServers(), more);
  const services: RunningService[] = [];
  const ports: number[] = [];
  let nginx: Nginx;
  let url = '';

  const serve = (port: number) => startServing({ ...env, PORT: String(port) });

  beforeAll(async () => {
    ports.push(await freePort(), await freePort());
    services.push(...(await Promise.all(ports.map(serve))));
    ({ nginx, url } = await startProxy(ports));
  }, 600_000);
  afterAll(async () => {
    for (const { process } of services) process.kill('SIGKILL');
    await nginx.stop();
  });

  const headers = { 'Content-Type': 'application/json' };

  async function schedule(terms: object = {}): Promise<string> {
    const body = JSON.stringify({ name: 'The Example', capacity: 10_000, vipSeats: 0, ...terms });
    const answer = await fetch(`${url}/concerts`, { method: 'POST', headers, body });
    expect(answer.status).toBe(201);
    return ((await answer.json()) as { concertId: string }).concertId;
  }

  const scrape = async () => (await fetch(`${services[0]?.url}/metrics`)).text();

  const stockReads = async (): Promise<number> => {
    const counts = (await scrape()).matchAll(/_count\{method="GET",route="\S+\/stock",\S+\} (\d+)/g);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  };

  /** A concert whose requests the proxy sends to the first service. */
  async function scheduleAtFirst(terms: object = {}): Promise<string> {
    let concertId = '';
    await untilAsync(async () => {
      concertId = await schedule(terms);
      const before = await stockReads();
      await read(`/concerts/${concertId}/stock`);
      return (await stockReads()) > before;
    }, 'a concert of the first service');
    return concertId;
  }

  const buy = async (concertId: string, customerId: string, more: object = {}): Promise<number> => {
    const answer = await fetch(`${url}/concerts/${concertId}/purchases`, {
      method: 'POST',
      headers: { ...headers, ...more },
      body: JSON.stringify({ customerId }),
    });
    await answer.text();
    return answer.status;
  };

  const buyWithKey = (concertId: string, customerId: string) =>
    buy(concertId, customerId, { 'Idempotency-Key': `${concertId} ${customerId}`.replace(' ', '/') });

  const read = async (path: string, more: object = {}): Promise<number> => {
    const answer = await fetch(url + path, { headers: { ...more } });
    await answer.text();
    return answer.status;
  };

  /** Buyers, a few at a time, until `over`; how often each status came. */
  async function rush(concertId: string, name: string, over: () => boolean): Promise<Map<number, number>> {
    const statuses = new Map<number, number>();
    let customers = 0;
    const buyer = async () => {
      while (!over()) {
        const customer = `${name}-${customers++}`;
        for (const status of [
          await buyWithKey(concertId, customer),
          await read(`/concerts/${concertId}/stock`),
        ]) {
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      }
    };
    await Promise.all(Array.from({ length: 6 }, buyer));
    return statuses;
  }

  test('long polls take nothing away from others, and are answered themselves', async () => {
    const concertId = await schedule();
    let polling = true;
    // Longer than the patience with other requests, which is 2 s here.
    const polls = Promise.all(
      Array.from({ length: 12 }, () =>
        read(`/concerts/${concertId}?minRevision=999999`, { Prefer: 'wait=3' }),
      ),
    ).finally(() => {
      polling = false;
    });
    const others = await rush(concertId, 'polled', () => !polling);
    expect([...others.keys()].toSorted()).toEqual([200, 201]);
    expect(new Set(await polls)).toEqual(new Set([503]));
  });

  test('one that is killed costs nobody an error, and is found again when it is back', async () => {
    const concertId = await scheduleAtFirst();
    let sold = 0;
    let over = false;
    const buyers = rush(concertId, 'killed', () => {
      sold += 1;
      return over;
    });
    await untilAsync(async () => sold > 20, 'the sale to begin');
    await services[0]?.end('SIGKILL');
    const before = sold;
    await untilAsync(async () => sold > before + 20, 'the sale to go on');
    services[0] = await serve(ports[0] ?? 0);
    await untilAsync(
      async () => /onsale_purchases_total\{.*\} [1-9]/.test(await scrape()),
      'it to sell again',
    );
    over = true;
    expect([...(await buyers).keys()].toSorted()).toEqual([200, 201]);
  });

  test('one that hangs costs time, and nobody with a key an error', async () => {
    const concertId = await scheduleAtFirst({ ticketsPerCustomer: 2 });
    services[0]?.process.kill('SIGSTOP');
    const withKeys = await Promise.all(
      Array.from({ length: 20 }, (_, i) => buyWithKey(concertId, `with-key-${i}`)),
    );
    expect(new Set(withKeys)).toEqual(new Set([201]));
    const reads = await Promise.all(Array.from({ length: 20 }, () => read(`/concerts/${concertId}/stock`)));
    expect(new Set(reads)).toEqual(new Set([200]));
    services[0]?.process.kill('SIGCONT');
  });

  test('what has no key is never done twice', async () => {
    const concertId = await scheduleAtFirst({ ticketsPerCustomer: 2 });
    services[0]?.process.kill('SIGSTOP');
    const statuses = await Promise.all(Array.from({ length: 20 }, (_, i) => buy(concertId, `keyless-${i}`)));
    services[0]?.process.kill('SIGCONT');
    expect(statuses).toContain(504);
    await untilAsync(
      async () => /requests_in_progress 1$/m.test(await scrape()),
      'the one that hung to finish',
    );
    const log = await fetch(`${services[1]?.url}/concerts/${concertId}/events?limit=1000`);
    const { items } = (await log.json()) as {
      items: readonly { type: string; data: { customerId?: string } }[];
    };
    const customers = items.flatMap(({ type, data }) => (type === 'TicketReserved' ? [data.customerId] : []));
    expect(customers).toHaveLength(new Set(customers).size);
  });
});
