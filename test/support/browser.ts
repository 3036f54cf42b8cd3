import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { onPath } from '../../dev-servers/servers/on-path.js';
import { ensureProgram } from './ensure-program.js';

const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

const find = (): string | undefined =>
  process.env.CHROMIUM_PATH ??
  onPath('chromium-headless-shell') ??
  onPath('chromium') ??
  onPath('google-chrome') ??
  (existsSync(mac) ? mac : undefined);

/**
 * The Chromium of the machine, or the one that `CHROMIUM_PATH` names. Best is the headless shell: the whole Chromium draws a window
 * with its tool bar around each page, which takes more than twice the CPU.
 */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: ensureProgram({
      name: 'Chromium',
      find,
      packages: { apt: ['chromium-headless-shell', 'chromium'], brew: ['--cask', 'google-chrome'] },
      hint: 'Install Chromium or Chrome, or set CHROMIUM_PATH to one that is elsewhere.',
    }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
