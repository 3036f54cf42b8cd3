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
