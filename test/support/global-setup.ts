import { execFileSync } from 'node:child_process';
import type { TestProject } from 'vitest/node';
import { startStack } from '../../dev-servers/stack.js';
import type { TestServers } from './stack.js';

declare module 'vitest' {
  interface ProvidedContext {
    servers: TestServers;
  }
}

/**
 * One set of servers for the whole run: those that the environment names, embedded ones for the rest. The first project
 * that asks starts them, and the others find them.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if ('servers' in project.getProvidedContext()) return undefined;
  // Tests start processes, and those run what is built.
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
  const { EVENTSTORE_URL, REDIS_URL, DATABASE_URL } = process.env;
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const stack = await startStack({
    ephemeral: true,
    ...(EVENTSTORE_URL ? { eventStoreUrl: EVENTSTORE_URL } : {}),
    ...(REDIS_URL ? { redisUrl: REDIS_URL } : {}),
    ...(DATABASE_URL ? { databaseUrl: DATABASE_URL } : {}),
    log: say,
    logError: say,
  });
  const { eventStoreUrl, redisUrl, databaseUrl } = stack;
  project.vitest.provide('servers', { eventStoreUrl, redisUrl, databaseUrl });
  return () => stack.stop();
}
