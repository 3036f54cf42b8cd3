import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bearer, rules, token } from '../api/tokens.js';
import { openCommandLine } from '../cli/command-line.js';
import { environment, type RunningService, startServing } from '../e2e/running-service.js';
import { startBrowser } from '../support/browser.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { complaints, says, visit } from './visitor.js';

/** The page of a service that wants to know who asks. */

const namespace = uniqueNamespace();
const onsale = openCommandLine(namespace);
let service: RunningService;
let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
  const JWT_SECRET = 'secret' in rules.keys ? rules.keys.secret : '';
  const access = { JWT_SECRET, JWT_ISSUER: rules.issuer, JWT_AUDIENCE: rules.audience };
  service = await startServing(environment(namespace, testServers(), access));
}, 600_000);

afterAll(async () => {
  await browser.close();
  await service.end('SIGTERM');
});

async function asOperator<Body>(path: string, body?: object): Promise<Body> {
  const answer = await fetch(service.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', ...(await bearer({ sub: 'ops', roles: ['operator'] })) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await answer.json()) as Body;
}

async function concert(): Promise<string> {
  const terms = { name: 'Guarded', capacity: 20, vipSeats: 2, holdSeconds: 600 };
  return (await asOperator<{ concertId: string }>('/concerts', terms)).concertId;
}

async function buyers(concertId: string): Promise<string[]> {
  const { items } = await asOperator<{ items: { type: string; data: { customerId: string } }[] }>(
    `/concerts/${concertId}/events`,
  );
  return items.filter(({ type }) => type === 'TicketReserved').map(({ data }) => data.customerId);
}

test('a visitor is asked who they are, and buys as the one whom the token names', async () => {
  const id = await concert();
  const { page, button } = await visit(browser, `${service.url}/watch/${id}`);
  await page.getByLabel('Your name, or any other id').fill('bob');
  await button('Buy').click();
  await says(page, 'This service wants to know who you are. Sign in, then try again.');
  expect(await complaints(page)).toEqual([]);
  await page.getByLabel('Token or key').fill(await token({ sub: 'ada' }));
  await button('Sign in').click();
  await says(page, 'Buying as ada');
  await button('Buy').click();
  await says(page, 'It is yours.');
  expect(await buyers(id)).toEqual(['ada']);
});

test('a token that another page hands over is used, and is not left in the address', async () => {
  const id = await concert();
  const url = `${service.url}/watch/${id}#token=${await token({ sub: 'eve' })}`;
  const { page, button } = await visit(browser, url);
  await button('Hold for 10 min').click();
  await says(page, /A ticket is held for you/);
  expect(page.url()).not.toContain('token');
  await button('Buy what is held').click();
  await says(page, 'It is yours.');
  expect(await buyers(id)).toEqual(['eve']);
});

test('a customer may not look behind the sale; an operator’s key opens it', async () => {
  const id = await concert();
  const { key } = JSON.parse((await onsale(['keys', 'add', 'box office', '--json'])).out) as { key: string };
  const url = `${service.url}/watch/${id}#token=${await token({ sub: 'ada' })}`;
  const { page, button } = await visit(browser, url);
  await page.getByText('Behind the sale').click();
  await button('Audit this sale').click();
  await says(page, 'Your token does not allow this.');
  await button('Sign out').click();
  await page.getByLabel('Token or key').fill(key);
  await button('Sign in').click();
  await button('Audit this sale').click();
  await says(page, 'All is well: everything was looked at, and nothing is broken.');
});
