#!/usr/bin/env node
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startStack } from './stack.js';

/**
 * `npm run dev`: compiles at every change of a source file, and starts the service again after each compilation without errors.
 * Servers that the environment does not name are started once and outlive the restarts; they end with this process.
 */

const main = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const say = (line: string) => process.stderr.write(`${line}\n`);

const { EVENTSTORE_URL, REDIS_URL, DATABASE_URL, DATA_DIR = '.onsale' } = process.env;
const stack = await startStack({
  dataDir: DATA_DIR,
  ...(EVENTSTORE_URL ? { eventStoreUrl: EVENTSTORE_URL } : {}),
  ...(REDIS_URL ? { redisUrl: REDIS_URL } : {}),
  ...(DATABASE_URL ? { databaseUrl: DATABASE_URL } : {}),
  log: say,
  logError: say,
});

function startService(): ChildProcess {
  const { eventStoreUrl, redisUrl, databaseUrl } = stack;
  const servers = { EVENTSTORE_URL: eventStoreUrl, REDIS_URL: redisUrl, DATABASE_URL: databaseUrl };
  return spawn(process.execPath, ['--enable-source-maps', main, 'serve', ...process.argv.slice(2)], {
    env: { ...process.env, ...servers },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

/** The service finishes what is in flight, within its own grace. */
async function end(child: ChildProcess | null): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

const compiler = spawn('tsc', ['--watch', '--preserveWatchOutput'], { stdio: ['ignore', 'pipe', 'inherit'] });
let isStopping = false;
let service: ChildProcess | null = null;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    isStopping = true;
    compiler.kill();
  });
}
for await (const line of createInterface(compiler.stdout)) {
  say(line);
  if (isStopping || !line.includes('Found 0 errors')) continue;
  await end(service);
  service = startService();
}
// The compiler has ended: because of a signal, or by itself, which nothing can go on after.
await end(service);
await stack.stop();
process.exit(isStopping ? 0 : 1);
