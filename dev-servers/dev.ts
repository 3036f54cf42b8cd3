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

const bundle = fileURLToPath(new URL('../../page/bundle.mjs', import.meta.url));
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

/** The program and the page are compiled apart. */
const compilers = ['tsconfig.json', 'page/tsconfig.json'].map((project) =>
  spawn('tsc', ['-p', project, '--watch', '--preserveWatchOutput'], { stdio: ['ignore', 'pipe', 'inherit'] }),
);
let isStopping = false;
let service: ChildProcess | null = null;
let restarted: Promise<void> = Promise.resolve();
const faulty = new Set<ChildProcess>(compilers);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    isStopping = true;
    for (const compiler of compilers) compiler.kill();
  });
}

/** A service that runs goes on where the page cannot be put together: there is nothing new to show. */
async function restart(): Promise<void> {
  const [code] = await once(spawn(process.execPath, [bundle], { stdio: 'inherit' }), 'exit');
  if (code !== 0) {
    if (!isStopping) say('The page could not be put together; the service is not started again.');
    return;
  }
  await end(service);
  if (!isStopping && faulty.size === 0) service = startService();
}

/** Resolves when the compiler has ended. */
async function follow(compiler: (typeof compilers)[number]): Promise<void> {
  for await (const line of createInterface(compiler.stdout)) {
    say(line);
    const [, errors] = /Found (\d+) errors?/.exec(line) ?? [];
    if (errors === undefined) continue;
    if (errors === '0') faulty.delete(compiler);
    else faulty.add(compiler);
    if (faulty.size === 0) restarted = restarted.then(restart);
  }
}

// One compiler has ended: because of a signal, or by itself, which nothing can go on after.
await Promise.race(compilers.map(follow));
for (const compiler of compilers) compiler.kill();
await restarted;
await end(service);
await stack.stop();
process.exit(isStopping ? 0 : 1);
