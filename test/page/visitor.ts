import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page, Request } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';

export interface Visitor {
  readonly page: Page;
  /** Everything that the page asked for. */
  readonly requests: readonly Request[];
  button(name: string): ReturnType<Page['getByRole']>;
}

/** Somebody with a browser of their own, whose page must break no rule of its Content-Security-Policy and throw nothing. */
export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({ reducedMotion: 'reduce', locale: 'en-GB', ...options });
  const page = await context.newPage();
  const wrong: string[] = [];
  const requests: Request[] = [];
  page.on('pageerror', ({ message }) => wrong.push(message));
  page.on('console', (line) => {
    if (/Content Security Policy|Content-Security-Policy/.test(line.text())) wrong.push(line.text());
  });
  page.on('request', (request) => requests.push(request));
  onTestFinished(async () => {
    await context.close();
    expect(wrong).toEqual([]);
  });
  await page.goto(url);
  return { page, requests, button: (name) => page.getByRole('button', { name, exact: true }) };
}

/** Waits for the words to be on the page. */
export const says = (page: Page, words: string | RegExp) => page.getByText(words).first().waitFor();

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Found {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

/** What axe finds, and whether the page is wider than the screen. */
export async function complaints(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<Found>('axe.run()');
  const isWide = await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth');
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
  return isWide ? [...found, 'it is wider than the screen'] : found;
}
