import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, BrowserContextOptions, Page, Request } from 'playwright-core';
import { afterAll, test as base, beforeAll, expect } from 'vitest';
import { startBrowser } from '../support/browser.js';

export interface Visitor {
  readonly page: Page;
  /** Everything that the page asked for. */
  readonly requests: readonly Request[];
  button(name: string): ReturnType<Page['getByRole']>;
}

export type Visit = (url: string, options?: BrowserContextOptions) => Promise<Visitor>;

let browser: Browser;

/** Starts the browser of a file's tests: first, as installing one stops this process for as long as it takes. */
export function withBrowser(): void {
  beforeAll(async () => {
    browser = await startBrowser();
  }, 600_000);
  afterAll(() => browser.close());
}

/**
 * A test with visitors, each with a browser of their own, whose pages must break no rule of their Content-Security-Policy and throw
 * nothing. Tests may run beside each other.
 */
export const test = base.extend<{ readonly visit: Visit }>({
  // biome-ignore lint/correctness/noEmptyPattern: the way to say that it needs no other fixture
  visit: async ({}, use) => {
    const contexts: BrowserContext[] = [];
    const wrong: string[] = [];
    await use(async (url, options = {}) => {
      const context = await browser.newContext({ reducedMotion: 'reduce', locale: 'en-GB', ...options });
      contexts.push(context);
      const page = await context.newPage();
      const requests: Request[] = [];
      page.on('pageerror', ({ message }) => wrong.push(message));
      page.on('console', (line) => {
        if (/Content Security Policy|Content-Security-Policy/.test(line.text())) wrong.push(line.text());
      });
      page.on('request', (request) => requests.push(request));
      await page.goto(url);
      return { page, requests, button: (name) => page.getByRole('button', { name, exact: true }) };
    });
    await Promise.all(contexts.map((context) => context.close()));
    expect(wrong).toEqual([]);
  },
});

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
