import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Client } from '../../src/cli/demo/client.js';
import { environment, type RunningService, startServing } from '../e2e/running-service.js';
import { startBrowser } from '../support/browser.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { untilAsync } from '../support/until.js';
import { complaints, says, visit } from './visitor.js';

const benchReport = {
  ...{ startedAt: '2030-06-01T10:00:00.000Z', plan: 'quick', commit: '1a2b3c4' },
  summary: [
    {
      ...{ key: 'batch/noop', what: 'accepted purchases ÷ no-op POSTs', wanted: '≥ 0.5', met: true },
      ...{ median: 0.6123, min: 0.5, max: 0.7, n: 7 },
    },
  ],
};

let service: RunningService;
let client: Client;
let browser: Browser;

beforeAll(async () => {
  // First, as installing a browser stops this process for as long as it takes.
  browser = await startBrowser();
  const report = join(mkdtempSync(join(tmpdir(), 'onsale-bench-')), 'report.json');
  writeFileSync(report, JSON.stringify(benchReport));
  service = await startServing(environment(uniqueNamespace(), testServers(), { BENCH_REPORT: report }));
  client = new Client(service.url, 4);
}, 600_000);

afterAll(async () => {
  await browser.close();
  await client.close();
  await service.end('SIGTERM');
});

async function concert(terms: object = {}): Promise<string> {
  const { body } = await client.post('/concerts', {
    name: 'The Example',
    capacity: 20,
    vipSeats: 2,
    ...terms,
  });
  return (body as { concertId: string }).concertId;
}

const watch = (concertId: string, options: object = {}) =>
  visit(browser, `${service.url}/watch/${concertId}`, options);

const sold = async (concertId: string) => {
  const { body } = await client.get(`/concerts/${concertId}/events`);
  return (body as { items: { type: string }[] }).items.filter(({ type }) => type === 'TicketReserved').length;
};

async function buyAsAnother(concertId: string, customerId = 'another'): Promise<string> {
  const { body } = await client.post(`/concerts/${concertId}/purchases`, { customerId });
  return (body as { purchaseId: string }).purchaseId;
}

describe('buying', () => {
  test('sells a ticket, and the page keeps it as the visitor’s own', async () => {
    const id = await concert();
    const { page, button } = await watch(id);
    await button('Buy').click();
    await says(page, 'It is yours.');
    await says(page, 'Ticket 1, seat VIP-1');
    await page.reload();
    await says(page, 'yours');
    expect(await sold(id)).toBe(1);
  });

  test('clicked twice sells once', async () => {
    const id = await concert({ ticketsPerCustomer: 5 });
    const { page, button } = await watch(id);
    await button('Buy').dblclick();
    await says(page, 'It is yours.');
    expect(await sold(id)).toBe(1);
  });

  test('without an answer goes on with its key, on a new page too, and sells once', async () => {
    const id = await concert({ ticketsPerCustomer: 5 });
    const { page, button, requests } = await watch(id);
    // The service sells, and the answer is lost on its way.
    await page.route('**/purchases', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await button('Buy').click();
    await says(page, /No answer yet/);
    await page.unroute('**/purchases');
    await page.reload();
    await says(page, 'It is yours.');
    const keys = requests
      .filter((one) => one.method() === 'POST')
      .map((one) => one.headers()['idempotency-key']);
    expect(keys.length).toBeGreaterThan(1);
    expect(new Set(keys).size).toBe(1);
    expect(await sold(id)).toBe(1);
  });

  test('is refused in words: nothing left, and no more for this customer', async () => {
    const id = await concert({ capacity: 2, vipSeats: 0 });
    const { page, button } = await watch(id);
    await button('Buy').click();
    await says(page, 'It is yours.');
    await button('Buy another').click();
    await button('Buy').click();
    await says(page, 'You may have one ticket, and you have 1. Nothing more was sold to you.');
    await buyAsAnother(id);
    await page.getByText('Sold out', { exact: true }).first().waitFor();
    await page.getByLabel('Your name, or any other id').fill('somebody else');
    await button('Buy').click();
    await says(page, 'Sold out. If somebody cancels, tickets come back here.');
    expect(await complaints(page)).toEqual([]);
    expect(await sold(id)).toBe(2);
  });

  test('in line shows the place, then the ticket', async () => {
    const id = await concert({ purchaseMode: 'queue' });
    const { page, button } = await watch(id);
    await page.route('**/purchases', (route) =>
      route.continue({ headers: { ...route.request().headers(), prefer: 'wait=0' } }),
    );
    await button('Buy').click();
    await says(page, /You are (next|number \d+ in line)\./);
    await says(page, 'It is yours.');
  });

  test('offline waits, says so, and goes on when the connection is back', async () => {
    const id = await concert();
    const { page, button } = await watch(id);
    await says(page, 'Live');
    await page.context().setOffline(true);
    await says(page, 'Connection lost: trying again …');
    await button('Buy').click();
    await says(page, /You are offline/);
    expect(await complaints(page)).toEqual([]);
    await page.context().setOffline(false);
    await says(page, 'It is yours.');
    await says(page, 'Live');
    expect(await sold(id)).toBe(1);
  });

  test('holds a ticket, shows the time it has left, and buys it', async () => {
    const id = await concert({ capacity: 1, vipSeats: 0, holdSeconds: 600 });
    const { page, button } = await watch(id);
    await button('Hold for 10 min').click();
    await says(page, /A ticket is held for you: (10:00|9:\d\d) left\./);
    expect(await complaints(page)).toEqual([]);
    await page.reload();
    await button('Buy what is held').click();
    await says(page, 'It is yours.');
    expect(await sold(id)).toBe(1);
  });

  test('on the waiting list shows the place, then the ticket that came back, and buys it', async () => {
    const id = await concert({ capacity: 1, vipSeats: 0, waitingList: true, offerSeconds: 600 });
    const purchaseId = await buyAsAnother(id);
    const { page, button } = await watch(id);
    await button('Join the waiting list').click();
    await says(page, 'You are number 1 on the waiting list.');
    expect(await complaints(page)).toEqual([]);
    await client.post(`/concerts/${id}/purchases/${purchaseId}/cancellation`, {});
    await says(page, /A ticket is held for you: (10:00|9:\d\d) left\./);
    await button('Buy what is held').click();
    await says(page, 'It is yours.');
    expect(await sold(id)).toBe(2);
  });

  test('on the waiting list can be left', async () => {
    const id = await concert({ capacity: 1, vipSeats: 0, waitingList: true, offerSeconds: 600 });
    await buyAsAnother(id);
    const { page, button } = await watch(id);
    await button('Join the waiting list').click();
    await button('Leave the list').click();
    await says(page, 'You left the waiting list.');
    await button('Join the waiting list').waitFor();
  });

  test('can be asked after by its key, which buys nothing', async () => {
    const id = await concert();
    await client.post(`/concerts/${id}/purchases`, { customerId: 'ada' }, { 'idempotency-key': 'ada-1' });
    const { page, button } = await watch(id);
    await page.getByText('Where is my purchase?').click();
    for (const [key, answer] of [
      ['ada-1', 'Bought: one ticket.'],
      ['ada-2', /Nothing was bought with this key/],
    ] as const) {
      await page.getByLabel('Key').fill(key);
      await button('Ask').click();
      await says(page, answer);
    }
    expect(await sold(id)).toBe(1);
  });
});

describe('watching', () => {
  test('shows what others buy as they buy it', async () => {
    const id = await concert();
    const { page } = await watch(id);
    const count = page.locator('.count');
    for (const [left, customer] of [
      ['19', 'one'],
      ['18', 'two'],
    ] as const) {
      await buyAsAnother(id, customer);
      await untilAsync(async () => (await count.textContent()) === left, `${left} left`);
    }
    // The read model may show a ticket a moment before its seat.
    const label = 'The hall: 18 of 20 tickets are left, 0 of them in the VIP row.';
    await page.locator(`.hall canvas[aria-label="${label}"]`).waitFor();
  });

  test('an operator sees the owner, the verdict, the last bench, and the sale again, also by other rules', async () => {
    const id = await concert();
    await Promise.all(['a', 'b', 'c'].map((customer) => buyAsAnother(id, customer)));
    const { page, button } = await watch(id);
    await page.getByText('Behind the sale').click();
    await says(page, 'up to date');
    await button('Audit this sale').click();
    await says(page, 'All is well: everything was looked at, and nothing is broken.');
    await page.getByLabel('VIP seats').fill('3');
    await button('Try these rules').click();
    await page.getByText('1 purchases with more VIP seats').waitFor();
    await page
      .getByRole('row', { name: 'batch/noop accepted purchases ÷ no-op POSTs 0.612 ≥ 0.5 reached' })
      .waitFor();
    expect(await complaints(page)).toEqual([]);
    await page.getByRole('slider', { name: 'Replay from the log' }).fill('0');
    await untilAsync(async () => (await page.locator('.count').textContent()) === '20', 'the beginning');
    await button('Back to live').click();
    await untilAsync(async () => (await page.locator('.count').textContent()) === '17', 'the present');
  });

  test('speaks Korean when it is asked to, and from then on', async () => {
    const id = await concert();
    const { page, button } = await watch(id);
    await button('한국어').click();
    await button('구매하기').waitFor();
    await page.reload();
    await button('구매하기').waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('ko');
  });

  test('a concert that does not exist is said not to', async () => {
    const { page } = await watch('6f2c1a60-33c9-4d0a-9a55-0d5c7a5b9f10');
    await says(page, 'There is no such concert.');
  });
});

describe('the page', () => {
  test('is small, and asks nobody else for anything', async () => {
    const id = await concert();
    const { page, requests } = await watch(id);
    await says(page, 'Live');
    const sizes = await page.evaluate<number[]>(
      `['resource', 'navigation'].flatMap((kind) => performance.getEntriesByType(kind)).map((entry) => entry.encodedBodySize)`,
    );
    const elsewhere = requests.filter(
      (one) => !/^data:/.test(one.url()) && !one.url().startsWith(service.url),
    );
    expect(elsewhere).toEqual([]);
    // What the page is told to preload is what its script asks for.
    expect(requests.filter((one) => one.url() === `${service.url}/concerts/${id}`)).toHaveLength(1);
    // The page, its style and font, two scripts, and what it asks of the API.
    expect(sizes.length).toBeLessThan(12);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(60_000);
  });

  test.each(['light', 'dark'] as const)('is accessible, %s, and fits a small phone', async (colorScheme) => {
    const id = await concert({ name: 'A concert with a rather long name that has to wrap' });
    await buyAsAnother(id);
    const { page, button } = await watch(id, { colorScheme, viewport: { width: 320, height: 640 } });
    await says(page, 'Live');
    await page.getByText('Behind the sale').click();
    await page.getByText('Where is my purchase?').click();
    await button('Buy').click();
    await says(page, 'It is yours.');
    expect(await complaints(page)).toEqual([]);
    await button('한국어').click();
    await says(page, '실시간');
    expect(await complaints(page)).toEqual([]);
    await page.goto(service.url);
    await says(page, '모든 공연');
    await page.locator('.row').first().waitFor();
    expect(await complaints(page)).toEqual([]);
  });

  test('can be used with the keyboard alone', async () => {
    const id = await concert();
    const { page } = await watch(id);
    await says(page, 'Live');
    const focused = () => page.evaluate<string>('document.activeElement.textContent');
    for (let presses = 0; (await focused()) !== 'Buy' && presses < 20; presses++)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await says(page, 'It is yours.');
    expect(await focused()).toBe('It is yours.');
  });
});
